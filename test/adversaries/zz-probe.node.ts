import { Court, NOW, HOUR, RECIPIENT, PROVIDER, SERVER, OTHER, peer, FUNDS } from '../judge/fixtures.ts'
import { PRICE } from '../judge/fixtures.ts'

it('probe', async () => {
  const court = await Court.open({ price: PRICE })
  const judge = await court.judge()
  await Promise.all([RECIPIENT, PROVIDER, OTHER].map(async who => court.ticket(who)))
  const [recipient, provider, server] = await Promise.all([RECIPIENT, PROVIDER, SERVER].map(peer))
  const lie = await court.play({ indices: [0, 1, 2, 3, 4, 5, 6, 7], falseAt: [8] })
  const ticket = await court.ticket(PROVIDER)
  console.log((await judge.claim(ticket, [lie.claim], provider)).verdicts[0])
  for (let i = 0; i < 7; i++) {
    const invented = await court.play({ nonce: 10 + 2 * i, indices: [i], falseAt: [1], provider: OTHER })
    const { block } = await judge.complain(invented.complaint(1), recipient)
    console.log(i, block?.length, court.bank.balance(server))
  }
  const { block } = await judge.complain(lie.complaint(8), recipient)
  console.log(block?.length, court.bank.balance(server))
  court.now += 30 * 24 * HOUR
  await judge.sweep()
  console.log('client', court.bank.balance(recipient), FUNDS, 'server', court.bank.balance(server), court.bank.check().problems)
  await court.close()
})
