import { writeFile } from 'node:fs/promises'
import { generate } from 'selfsigned'
import { ends, programVersion } from '../contender.ts'
import type { Contender } from '../contender.ts'

const nginxCurl: Contender = {
  name: 'nginx-curl',
  title: 'nginx to curl',
  verifies: 'nothing on the way; one SHA-256 at the end',
  encrypts: 'TLS 1.3',
  version: async () => {
    const nginx = await programVersion('nginx', ['-v'], 'apt-get install nginx-light')
    const curl = await programVersion('curl', ['--version'], 'apt-get install curl')

    return `${nginx}, ${curl}`
  },
  publish: async (_source, store) => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048 })
    const published = { certificate: `${store}.crt`, key: `${store}.key` }
    await writeFile(published.certificate, cert)
    await writeFile(published.key, key)

    return published
  },
  ...ends('ends/nginx_curl.py')
}

export const contenders = [nginxCurl]
