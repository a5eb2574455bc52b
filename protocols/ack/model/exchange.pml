/*
 * The interlocked exchange of modes `proof` and `purchase`, as ../README.md specifies it: one recipient, two providers, one server.
 * README.md beside this file says what is left out, which property each configuration checks and which mutant breaks it.
 *
 * Configuration, by macros:
 *   LYING_RECIPIENT, LYING_PROVIDER   the recipient, provider 0 may do whatever its keys allow; provider 1 is always honest
 *   LYING_PROVIDERS                   both providers may
 *   PROVIDERS                         1 or 2, the recipient has one session with each
 *   BLOCKS, WINDOW                    positions of a session; cap of the acknowledgement window
 *   PURCHASE                          acknowledged blocks are paid in money: a coin book, each coin worth 1
 *   BOND                              of the book; the price is BLOCKS
 *   SERVER_PROVIDES                   provider 1 is the server, honest
 *   ACCOMPLICE                        provider 0 lies and is the lying recipient's friend: nothing is sent between them;
 *                                     with LYING_PROVIDERS both are
 *   CRASHES, SERVER_CRASHES           how often the recipient and the providers together, and the server, crash and restart
 *   MUTANT_*                          one rule is broken
 *   LIMIT_*                           one property is claimed that the protocol does not have
 */
#ifndef BLOCKS
#define BLOCKS 3
#endif
#ifndef PROVIDERS
#define PROVIDERS 2
#endif
#ifndef WINDOW
#define WINDOW 2
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef SERVER_CRASHES
#define SERVER_CRASHES 1
#endif
#if defined(LYING_PROVIDERS) || defined(ACCOMPLICE)
#define LYING_PROVIDER
#endif

/* Session s is the one that the recipient opens with provider s: the id of one is never that of the other. */
#define SESSIONS 2
/* A block that is in the object and in no session */
#define NEVER_SENT BLOCKS

/*
 * A chain of `count` entries is the set of the positions whose ciphertext is false, position n as bit n - 1: equal sets are
 * equal entry chains, and whoever knows the object and the keys can tell which positions are false. That hashes do not
 * collide is built in; so is that the chain of the first positions is a part of the longer one.
 */
#define BIT(n) (1 << ((n) - 1))
#define FIRST(n) ((1 << (n)) - 1)
/* Index chain: what was asked for at a position. Both ends and, by the signed chain, the server know it. */
#define INDEX(s, n) index[(s) * BLOCKS + (n) - 1]

/* Answers of the server; CLOSED: the coin book is over; LOST: it crashed before it committed, or before it answered */
mtype = { KEYS, KEY, BLOCK, SETTLED, AUDIT, VOID, REFUSED, CLOSED, LOST }

/* ---- the network: each channel ends with its session; what is under way then is read, or not ---- */

chan block[SESSIONS] = [WINDOW] of { bit }            /* is the ciphertext false? */
chan ack[SESSIONS] = [1] of { byte, byte, byte }      /* session, count, chain: signed by the recipient */
chan keys[SESSIONS] = [1] of { byte, bit }            /* of all positions up to count; are they wrong? */

bool opened[SESSIONS], open[SESSIONS], over
byte wanted[SESSIONS]
byte index[SESSIONS * BLOCKS]

/* ---- what the parties store ---- */

byte have                    /* recipient: blocks of the object that it decrypted and verified */
byte stored[SESSIONS]        /* provider: count of the acknowledgement that it stored … */
byte storedChain[SESSIONS]   /* … and its entry chain */

/* server: the database */
byte spent                      /* indices of the ticket's serial that were credited */
byte creditedTo[BLOCKS + 1]     /* session + 1 */
byte claimed[SESSIONS], claimedChain[SESSIONS]        /* what the provider has signed, too */
byte recovered[SESSIONS]        /* positions that the recipient's word pays for: it has keys, or finds them good */
byte byWord                     /* indices that were credited so */
byte marked[SESSIONS]           /* positions to recompute when the provider claims */
bool voided[SESSIONS]

#ifdef PURCHASE
#ifndef BOND
#define BOND BLOCKS
#endif
/* What the recipient, and what the server has at first */
#define MEANS (BLOCKS + BOND)
#define MEANS_OF_SERVER 1

/* Who is paid: providers by their number, and the server, which is paid for blocks of its rulings, too */
#define SERVER 2
#ifdef SERVER_PROVIDES
#define PAYEE(s) ((s) == 1 -> SERVER : (s))
#else
#define PAYEE(s) (s)
#endif
#define OTHER(s) PAYEE(1 - (s))

/* recipient: indices whose coins it has spent with provider 0 */
byte wallet

/* server: money. The book of coins is bought, is over (no claim is accepted any more), is closed (all that is left went back). */
byte purse = MEANS, escrow, bond, purseOf[3], withdrawn
bool bought, ended, closed
byte paid[3]                    /* indices that a payee has money for */
byte unpaid[3]                  /* indices that a payee could not be paid for */
byte lost                       /* money of void sessions that was withdrawn before */
byte replaced[SESSIONS]         /* positions whose blocks the server gave by rulings, and was to be paid for */
bool late[SESSIONS]             /* the book was over before the provider had claimed, or had its answer */
byte ruled                      /* a lying recipient: indices of blocks that it has from rulings */
#endif

/* ---- for the properties only ---- */

byte credits[BLOCKS + 1]        /* how often an index stands credited */
byte sent[SESSIONS], falseSent[SESSIONS]
byte acknowledged[SESSIONS]           /* highest count that the recipient signed, with whatever chain */
byte signedCounts[SESSIONS]     /* an honest recipient: each count that it signed, with the chain that is true */
byte keysOfProvider[SESSIONS]   /* count up to which the recipient has keys from the provider */
byte keysOfServer[SESSIONS]     /* positions whose keys it has from the server */
byte stuck                      /* indices that a void session was not the only one to be credited for: they stay spent */
byte proven[SESSIONS]           /* first position that the server found false */

/* scratch of d_steps */
hidden byte n, i, whole

byte crashes = CRASHES
byte serverCrashes = SERVER_CRASHES

#define MAX(a, b) ((a) > (b) -> (a) : (b))
#define ALLOWED(s) ((stored[s] + 1 < WINDOW) -> (stored[s] + 1) : WINDOW)

/* Signatures: a lying recipient has signed any chain for as much as it signed at all; an honest one what it received. */
#ifdef MUTANT_NO_SIGNATURE
#define IS_SIGNED(s, count, chain) true
#elif defined(LYING_RECIPIENT)
#define IS_SIGNED(s, count, chain) ((count) <= acknowledged[s])
#else
#define IS_SIGNED(s, count, chain) ((signedCounts[s] & BIT(count)) && (chain) == (falseSent[s] & FIRST(count)))
#endif

/* ==== server ==== */

#ifdef MUTANT_FORGED_INDICES
#define IS_INDEX_CHAIN(forged) true
#else
#define IS_INDEX_CHAIN(forged) (!(forged))
#endif
#ifdef MUTANT_FOREIGN_CLAIM
#define IS_OWN(who, s) true
#else
#define IS_OWN(who, s) ((who) == (s))
#endif

#ifdef PURCHASE
/* Each transaction leaves as much money as there was. */
#define CONSERVED assert(purse + escrow + bond + purseOf[0] + purseOf[1] + purseOf[SERVER] + withdrawn == MEANS + MEANS_OF_SERVER)

/* One unit from here to there; no balance is ever negative. */
#define MOVE(from, to) assert((from) > 0); from--; to++

#define IS_PAID(payee, i) ((paid[payee] | unpaid[payee]) & (1 << (i)))

/* Another provider was paid for the coin, or should have been: the recipient has spent it twice. The server is no such one. */
#define IS_SPENT_TWICE(payee, i) ((payee) != SERVER && (creditedTo[i] == 2 - (payee) || IS_PAID(1 - (payee), i)))

/* Coins that nobody was paid for: who comes first is paid from escrow. */
#if BLOCKS == 1
#define FREE (1 - (spent & 1))
#elif BLOCKS == 2
#define FREE (2 - (spent & 1) - ((spent >> 1) & 1))
#endif

/* The book of all blocks, and its bond. Who has no answer asks again. */
inline buy () {
  if
#ifndef MUTANT_ISSUE_NOT_IDEMPOTENT
  :: bought
#endif
  :: else ->
    assert(!bought)
    purse = purse - BLOCKS - BOND
    escrow = BLOCKS
    bond = BOND
    bought = true
  fi
  CONSERVED
  reply = SETTLED
}

/* From the bond, as far as it reaches: whoever goes unpaid does so since all has been paid out but what free coins are worth. */
inline payFromBond (payee) {
  if
  :: bond > 0 ->
    MOVE(bond, purseOf[payee])
    paid[payee] = paid[payee] | (1 << i)
  :: else ->
    unpaid[payee] = unpaid[payee] | (1 << i)
    assert(purse + escrow <= MEANS - BLOCKS - BOND + FREE)
  fi
}

/* Redeems the coin of index i for a payee, in the transaction that notes it. */
inline redeem (payee) {
  assert(!closed)
  if
#ifndef MUTANT_PAID_AGAIN
  :: IS_PAID(payee, i)                                /* served again, paid once */
#endif
  :: else ->
    if
#ifdef MUTANT_NO_DEDUP
    :: true ->
#else
    :: !(spent & (1 << i)) ->
#endif
      assert(credits[i] == 0)                         /* no coin is paid twice from escrow */
      credits[i]++
#ifdef MUTANT_TORN_PAYMENT
      /* the money moves in a transaction of its own, which a crash prevents */
      if
      :: torn -> paid[payee] = paid[payee] | (1 << i)
      :: else -> MOVE(escrow, purseOf[payee]); paid[payee] = paid[payee] | (1 << i)
      fi
#else
      if
      :: escrow > 0 -> MOVE(escrow, purseOf[payee]); paid[payee] = paid[payee] | (1 << i)
      :: else -> payFromBond(payee)                   /* a void session had it, and kept the money */
      fi
#endif
      spent = spent | (1 << i)
      creditedTo[i] = payee + 1
    :: else ->
      if
#ifdef MUTANT_REPLACEMENT_FREE
      :: payee == SERVER
#endif
#ifdef MUTANT_PASSED_ON
      :: creditedTo[i] == SERVER + 1 -> MOVE(purseOf[SERVER], purseOf[payee]); paid[payee] = paid[payee] | (1 << i)
#endif
      :: else -> payFromBond(payee)
      fi
#ifndef LYING_RECIPIENT
      if
#ifdef MUTANT_SERVER_IS_ANOTHER
      :: true -> assert(false)
#else
      :: IS_SPENT_TWICE(payee, i) -> assert(false)    /* an honest recipient is never convicted of double spending */
#endif
      :: else
      fi
#endif
    fi
  fi
  CONSERVED
}

/* The book is over and all that was recorded is paid: what is left goes back. */
inline close () {
  purse = purse + escrow + bond
  escrow = 0
  bond = 0
  CONSERVED
}
#endif

/* Credits positions up to `count`: (serial, index) at most once. One transaction with whatever is recorded with it. */
inline credit (whose, upTo, forged) {
  n = 1
  do
  :: n <= upTo ->
    i = ((forged && n == upTo) -> NEVER_SENT : INDEX(whose, n))
#ifdef PURCHASE
    assert(n <= acknowledged[whose] && i == INDEX(whose, n))      /* nothing is paid that nobody acknowledged */
    redeem(PAYEE(whose))
#else
    if
#ifdef MUTANT_NO_DEDUP
    :: true ->
#else
    :: !(spent & (1 << i)) ->
#endif
      assert(n <= acknowledged[whose] && i == INDEX(whose, n))      /* nothing is credited that nobody acknowledged */
      assert(credits[i] == 0)                         /* invariant 5 */
      credits[i]++
      creditedTo[i] = whose + 1
#ifdef MUTANT_CREDIT_BEFORE_COMMIT
      /* the bitmap is written by a transaction of its own, which a crash prevents */
      spent = (torn -> spent : (spent | (1 << i)))
#else
      spent = spent | (1 << i)
#endif
    :: else
    fi
#endif
    n++
  :: else -> break
  od
  n = 0
  i = 0
}

/*
 * The session is void: takes back what was credited for it. If all that was claimed was credited to the claim, these blocks
 * are free again for whoever sends them then; else they stay spent. With money: takes back what the provider still has.
 */
inline takeBack (whose) {
  voided[whose] = true
#ifdef PURCHASE
  /* its coins are free again, or that payee's that was paid for them as well */
  i = 0
  do
  :: i < BLOCKS ->
    if
#ifndef MUTANT_VOID_HOLDS
    :: creditedTo[i] == PAYEE(whose) + 1 && (paid[OTHER(whose)] & (1 << i)) -> creditedTo[i] = OTHER(whose) + 1
    :: creditedTo[i] == PAYEE(whose) + 1 && !(paid[OTHER(whose)] & (1 << i)) && (paid[SERVER] & (1 << i)) -> creditedTo[i] = SERVER + 1
    :: creditedTo[i] == PAYEE(whose) + 1 && !((paid[OTHER(whose)] | paid[SERVER]) & (1 << i)) ->
      credits[i]--
      spent = spent & ~(1 << i)
      creditedTo[i] = 0
#endif
    :: else
    fi
    i++
  :: else -> break
  od
  /* money for the coins that are free now goes to escrow, what is more goes to the bond */
  i = 0
  do
  :: i < BLOCKS ->
    if
    :: paid[PAYEE(whose)] & (1 << i) ->
      if
#ifdef LIMIT_BACK_TO_ESCROW
      :: purseOf[PAYEE(whose)] > 0 -> MOVE(purseOf[PAYEE(whose)], escrow)
#else
      :: purseOf[PAYEE(whose)] > 0 && escrow < FREE -> MOVE(purseOf[PAYEE(whose)], escrow)
      :: purseOf[PAYEE(whose)] > 0 && escrow >= FREE -> MOVE(purseOf[PAYEE(whose)], bond)
#endif
#ifdef MUTANT_SERVER_COVERS
      :: purseOf[PAYEE(whose)] == 0 && purseOf[SERVER] > 0 -> MOVE(purseOf[SERVER], escrow)
#endif
      :: else -> lost++
      fi
    :: else
    fi
    i++
  :: else -> break
  od
  paid[PAYEE(whose)] = 0
  unpaid[PAYEE(whose)] = 0
  CONSERVED
#else
  whole = 1
  n = 1
  do
  :: n <= claimed[whose] ->
    whole = whole && creditedTo[INDEX(whose, n)] == whose + 1 && !(byWord & (1 << INDEX(whose, n)))
    n++
  :: else -> break
  od
  n = 1
  do
  :: n <= BLOCKS ->
    i = INDEX(whose, n)
    if
    :: creditedTo[i] == whose + 1 ->
      creditedTo[i] = 0
      credits[i]--
      if
#ifdef LYING_PROVIDERS
      :: !whole || (byWord & (1 << i))                /* nobody whom it could harm */
#else
      :: !whole || (byWord & (1 << i)) -> stuck = stuck | (1 << i)
#endif
#ifdef MUTANT_VOID_STAYS_SPENT
      :: else
#else
      :: else -> spent = spent & ~(1 << i)
#endif
      fi
      byWord = byWord & ~(1 << i)
    :: else
    fi
    n++
  :: else -> break
  od
#endif
  claimed[whose] = 0
  claimedChain[whose] = 0
  recovered[whose] = 0
  marked[whose] = 0
  whole = 0
  n = 0
  i = 0
}

/* What the recipient has keys of, or finds good: credited without a claim, once and for all. */
inline record (whose, upTo) {
  if
  :: upTo > recovered[whose] ->
    recovered[whose] = upTo
#ifdef PURCHASE
    credit(whose, upTo, false)
#else
    byWord = byWord | ~spent
    credit(whose, upTo, false)
    byWord = byWord & spent
#endif
  :: else
  fi
}

/* Of a closed book nothing is paid, so nothing is given either; what was accepted before its end may come to it later. */
#ifdef PURCHASE
#define IS_CLOSED closed
#define OR_TOO_LATE :: ended && !closed -> reply = CLOSED
#else
#define IS_CLOSED false
#define OR_TOO_LATE
#endif
#ifdef MUTANT_RECOVERY_AFTER_CLOSING
#define RECORD_IF_OPEN(...) if :: closed :: else -> __VA_ARGS__ fi
#define IS_CLOSED_FOR_KEYS false
#else
#define RECORD_IF_OPEN(...) __VA_ARGS__
#define IS_CLOSED_FOR_KEYS IS_CLOSED
#endif
#ifdef MUTANT_REDEEMED_AFTER_CLOSING
#define IS_CLOSED_FOR_CLAIMS false
#else
#define IS_CLOSED_FOR_CLAIMS IS_CLOSED
#endif

/* The keys from `first` on, as far as the entries are true: `last` is where the server stops. */
inline recover (whose, first, upTo, entriesOf) {
  last = first - 1
  do
#ifdef MUTANT_RECOVERY_NOT_VERIFIED
  :: last < upTo -> last++
#else
  :: last < upTo && !(entriesOf & BIT(last + 1)) -> last++
#endif
  :: else -> break
  od
  if
  :: IS_CLOSED_FOR_KEYS -> reply = CLOSED
  :: !IS_CLOSED_FOR_KEYS && voided[whose] -> reply = VOID
  /* the first is false; or one before was complained about: whoever asks for later keys finds those before good */
  :: !IS_CLOSED_FOR_KEYS && !voided[whose] && (last < first || (marked[whose] & FIRST(first - 1))) -> reply = REFUSED
  :: else ->
#ifndef MUTANT_RECOVERY_NOT_RECORDED
    RECORD_IF_OPEN(record(whose, last))
#endif
    reply = KEYS
  fi
}

#if defined(PURCHASE) && !defined(MUTANT_RULING_FORGOTTEN)
#define IS_REPLACED(whose, entriesOf, position) (replaced[whose] & (entriesOf) & BIT(position))
#else
#define IS_REPLACED(whose, entriesOf, position) false
#endif

inline complain (whose, upTo, entriesOf, position) {
  if
  :: IS_CLOSED_FOR_KEYS -> reply = CLOSED
  /* the same answer again: it may have been lost, and is paid for */
  :: !IS_CLOSED_FOR_KEYS && voided[whose] && IS_REPLACED(whose, entriesOf, position) -> reply = BLOCK
  :: !IS_CLOSED_FOR_KEYS && voided[whose] && !IS_REPLACED(whose, entriesOf, position) -> reply = VOID
  :: !IS_CLOSED_FOR_KEYS && !voided[whose] && (entriesOf & BIT(position)) ->
    if
    :: position <= recovered[whose] ->
#ifdef MUTANT_RECOVERY_TAKEN_BACK
      takeBack(whose)
      voided[whose] = false
#endif
      reply = REFUSED                                 /* it has found this block good */
    :: else ->
      reply = BLOCK
#ifndef MUTANT_NO_AUDIT_ON_COMPLAINT
      marked[whose] = marked[whose] | BIT(position)
#endif
      /* a claim of the same chain: the complaint is all the proof that it takes */
      if
#ifndef MUTANT_LATE_COMPLAINT_IGNORED
      :: position <= claimed[whose] && claimed[whose] <= upTo && claimedChain[whose] == (entriesOf & FIRST(claimed[whose])) -> takeBack(whose)
#endif
      :: else
      fi
#if defined(PURCHASE) && !defined(MUTANT_RULING_FREE)
      /* the block comes from the server, which is paid for it as by a claim of its own */
      i = INDEX(whose, position)
      RECORD_IF_OPEN(redeem(SERVER))
      replaced[whose] = replaced[whose] | BIT(position)
      i = 0
#endif
    fi
  :: else ->
    if
    :: marked[whose] & FIRST(position - 1) -> reply = REFUSED
    :: else ->
#ifndef MUTANT_COMPLAINT_NOT_RECORDED
      RECORD_IF_OPEN(record(whose, position))
#endif
      reply = KEY
    fi
  fi
}

inline judge (claimant, ofSession, claimedCount, signedChain, forged, drawn, audited) {
  if
  :: !(IS_SIGNED(ofSession, claimedCount, signedChain) && IS_INDEX_CHAIN(forged) && IS_OWN(claimant, ofSession)) -> reply = REFUSED
  :: else ->
    if
    :: IS_CLOSED_FOR_CLAIMS -> reply = CLOSED
    :: !IS_CLOSED_FOR_CLAIMS && voided[ofSession] -> reply = VOID
    :: !IS_CLOSED_FOR_CLAIMS && !voided[ofSession] && !audited && (marked[ofSession] || drawn) -> reply = AUDIT
    :: !IS_CLOSED_FOR_CLAIMS && !voided[ofSession] && audited && (signedChain & FIRST(claimedCount) & (drawn -> FIRST(BLOCKS) : marked[ofSession])) ->
      /* one false entry, signed by both: the whole session */
      takeBack(ofSession)
      reply = VOID
    :: else ->
      assert(claimant == ofSession)                                /* nobody is paid for what another one sent */
      if
      :: claimedCount > claimed[ofSession] ->
        claimed[ofSession] = claimedCount
        claimedChain[ofSession] = signedChain
      :: else
      fi
      credit(ofSession, claimedCount, forged)
      reply = SETTLED
    fi
  fi
}

/*
 * A question to the server. What it does about one question is one transaction; it may crash before it, so that nothing has
 * happened, or after it, so that only the answer is lost. It starts again with its database. Whoever has no answer asks again.
 */
#if defined(MUTANT_CREDIT_BEFORE_COMMIT) || defined(MUTANT_TORN_PAYMENT)
#define MAY_TEAR if :: serverCrashes > 0 -> serverCrashes--; torn = true :: true fi;
#define TEAR if :: torn -> torn = false; reply = LOST :: else fi;
bool torn
#else
#define MAY_TEAR
#define TEAR
#endif
#define ASK(...) \
  if \
  :: serverCrashes > 0 -> d_step { serverCrashes--; reply = LOST } \
  :: true -> \
    MAY_TEAR \
    d_step { __VA_ARGS__ } \
    TEAR \
    if \
    :: serverCrashes > 0 -> d_step { serverCrashes--; reply = LOST } \
    :: true \
    fi \
  fi

/* A claim, and the entries that the server asks for when the session is marked, or by lot. */
inline claim (claimant, ofSession, claimedCount, signedChain, forged) {
  if
  :: ASK(judge(claimant, ofSession, claimedCount, signedChain, forged, false, false))
  :: ASK(judge(claimant, ofSession, claimedCount, signedChain, forged, true, false))
  OR_TOO_LATE
  fi
}

inline giveEntries (claimant, ofSession, claimedCount, signedChain, entries) {
  if
  :: (entries) != (signedChain) -> reply = REFUSED           /* they do not rebuild the entry chain */
  :: (entries) == (signedChain) ->
    if
    :: ASK(judge(claimant, ofSession, claimedCount, signedChain, false, false, true))
    :: ASK(judge(claimant, ofSession, claimedCount, signedChain, false, true, true))
    fi
  fi
}

/* Any count, any token: one step each. A token is a count and a chain, the bit above the chain says the count. */
#if BLOCKS == 1
#define COUNT count = 1;
#define TOKEN if :: token = 2 :: token = 3 fi; OPEN_TOKEN
#elif BLOCKS == 2
#define COUNT if :: count = 1 :: count = 2 fi;
#define TOKEN if :: token = 2 :: token = 3 :: token = 4 :: token = 5 :: token = 6 :: token = 7 fi; OPEN_TOKEN
#else
#define COUNT if :: count = 1 :: count = 2 :: count = 3 fi;
#define TOKEN if :: token = 2 :: token = 3 :: token = 4 :: token = 5 :: token = 6 :: token = 7 :: token = 8 :: token = 9 \
  :: token = 10 :: token = 11 :: token = 12 :: token = 13 :: token = 14 :: token = 15 fi; OPEN_TOKEN
#endif
#define OPEN_TOKEN d_step { \
    count = (token > 7 -> 3 : (token > 3 -> 2 : 1)); \
    chain = token - (1 << count); \
    token = 0 \
  }

/* ==== provider ==== */

#ifdef MUTANT_NO_SESSION_IN_ACK
#define IS_OF_SESSION(other, s) true
#else
#define IS_OF_SESSION(other, s) ((other) == (s))
#endif
#ifdef MUTANT_NO_CHAIN_CHECK
#define IS_OWN_CHAIN(s, count, chain) true
#else
#define IS_OWN_CHAIN(s, count, chain) ((chain) == (falseSent[s] & FIRST(count)))
#endif
#ifdef MUTANT_NO_WINDOW
#define MAY_SEND(s) true
#else
#define MAY_SEND(s) (sent[s] - stored[s] < ALLOWED(s))
#endif

proctype HonestProvider (byte s) {
  byte session, count, chain
  mtype reply

end:
  (opened[s] || over)

  /* the session; whatever ends it, an answer of `keys` may or may not get through */
  do
  :: d_step { open[s] && sent[s] < wanted[s] && MAY_SEND(s) && nfull(block[s]) ->
      block[s]!false
      sent[s]++
      assert(sent[s] - stored[s] <= stored[s] + 1)    /* a cheater gets no more unpaid blocks than it paid for, plus one */
#ifdef MUTANT_KEY_WITHOUT_ACK
      if
      :: nfull(keys[s]) -> keys[s]!sent[s], false
      :: else
      fi
#endif
    }
  :: d_step { ack[s]?session, count, chain ->
      if
      :: IS_OF_SESSION(session, s) && count >= stored[s] && count <= sent[s] && IS_OWN_CHAIN(s, count, chain) -> skip
      :: else -> open[s] = false; count = 0
      fi
    }
    if
    :: count > 0 ->
#ifndef MUTANT_RELEASE_BEFORE_STORE
      d_step { stored[s] = count; storedChain[s] = chain }
#endif
      if
      :: keys[s]!count, false
      :: !open[s]
      :: d_step { crashes > 0 -> crashes--; open[s] = false }; break
      fi
#ifdef MUTANT_RELEASE_BEFORE_STORE
      d_step { stored[s] = count; storedChain[s] = chain }
#endif
    :: else
    fi
    d_step { session = 0; count = 0; chain = 0 }
  /* leaves, or waited too long for an acknowledgement */
  :: open[s] -> open[s] = false
  :: d_step { crashes > 0 -> crashes--; open[s] = false }; break
  :: !open[s] -> break
  od
  atomic {
    session = 0; count = 0; chain = 0; open[s] = false
    do
    :: ack[s]?_, _, _
    :: empty(ack[s]) -> break
    od
  }

  /* claims what it stored, as often as it takes, and once more when it crashed before it knew the answer */
  do
  :: stored[s] == 0 -> break
  :: atomic { stored[s] > 0 ->
      claim(s, s, stored[s], storedChain[s], false)
      if
      :: reply == AUDIT -> giveEntries(s, s, stored[s], storedChain[s], falseSent[s] & FIRST(stored[s]))
      :: else
      fi
#ifdef PURCHASE
      assert(reply == SETTLED || reply == LOST || (reply == CLOSED && ended))         /* an honest provider's claim holds, in time */
#else
      assert(reply == SETTLED || reply == LOST)       /* an honest provider's claim holds: nobody can frame it */
#endif
      if
#ifdef PURCHASE
      :: reply == CLOSED -> late[s] = true; reply = 0; break
#endif
      :: reply == SETTLED -> reply = 0; break
      :: crashes > 0 -> crashes--
      :: reply == LOST
      fi
      reply = 0
    }
  od
}

/* Sends what it likes, keeps or invents keys, claims whatever it has a signature for, at any time, again and again. */
proctype LyingProvider (byte s) {
  byte t, count
  mtype reply

  (opened[s] || over)

  do
#ifdef PURCHASE
  :: d_step { purseOf[PAYEE(s)] > 0 -> withdrawn = withdrawn + purseOf[PAYEE(s)]; purseOf[PAYEE(s)] = 0 }
#endif
#ifndef ACCOMPLICE
  :: atomic { open[s] && sent[s] < wanted[s] && nfull(block[s]) ->
      sent[s]++
      if
      :: block[s]!false
      :: block[s]!true; falseSent[s] = falseSent[s] | BIT(sent[s])
      fi
    }
  :: ack[s]?_, _, _                                   /* what the recipient has signed, it may claim by: see IS_SIGNED */
  :: atomic { open[s] && acknowledged[s] > 0 && nfull(keys[s]) ->
      COUNT
      if
      :: count > acknowledged[s]
      :: count <= acknowledged[s] -> keys[s]!count, false
      :: count <= acknowledged[s] -> keys[s]!count, true
      fi
      count = 0
    }
  :: open[s] -> open[s] = false
#endif
  :: atomic {
      COUNT
      if
      :: t = s                                        /* its own */
#if PROVIDERS > 1
      :: t = 1 - s                                    /* another provider's */
#endif
      fi
      if
      :: claim(s, t, count, falseSent[t] & FIRST(count), false)
      :: claim(s, t, count, falseSent[t] & FIRST(count), true)              /* with a forged list of indices */
      :: claim(s, t, count, 0, false)                                       /* as if all of it had been true */
      fi
      if
      :: reply == AUDIT ->
        if
        :: giveEntries(s, t, count, falseSent[t] & FIRST(count), falseSent[t] & FIRST(count))
        :: giveEntries(s, t, count, falseSent[t] & FIRST(count), 0)         /* not what was sent */
        :: true                                                             /* none */
        fi
      :: else
      fi
      t = 0; count = 0; reply = 0
    }
  :: break
  od
}

/* ==== recipient ==== */

/* Ends the session s: nothing of it is read any more. */
inline leave (s) {
  atomic {
    open[s] = false
    do
    :: nempty(block[s]) -> block[s]?_
    :: nempty(keys[s]) -> keys[s]?_, _
    :: empty(block[s]) && empty(keys[s]) -> break
    od
  }
}

/* Keys of the positions beyond `keyed` up to `count`: decrypts, verifies, stores what is right. */
inline unlock (count, wrong) {
  d_step {
    assert(count <= acknowledged[s])                        /* invariant 3 */
    do
    :: keyed < count ->
      keyed++
      if
      :: wrong || (chain & BIT(keyed)) -> failed = failed | BIT(keyed)
      :: else -> have = have | (1 << INDEX(s, keyed))
      fi
    :: else -> break
    od
  }
}

#define ACKNOWLEDGE d_step { open[s] && got > acknowledged[s] && nfull(ack[s]) -> \
    acknowledged[s] = got; \
    signedCounts[s] = signedCounts[s] | BIT(got); \
    ack[s]!s, got, chain \
  }

#ifdef PURCHASE
#define IS_TOO_LATE (reply == CLOSED && ended)

/* Blocks of its first session that it has not are asked for in the second one only if their coins were not spent, or with the server. */
#ifdef MUTANT_NO_WALLET
#define MAY_SPEND(s, i) true
#elif defined(SERVER_PROVIDES)
#define MAY_SPEND(s, i) true
#else
#define MAY_SPEND(s, i) ((s) == 0 || !(wallet & (1 << (i))))
#endif

/* From a position on the first session is proven to be void, or to become so with a claim. */
#define FREE_COINS(from) d_step { \
    n = from; \
    do \
    :: s == 0 && n <= acknowledged[0] -> wallet = wallet & ~(1 << INDEX(0, n)); n++ \
    :: else -> break \
    od; \
    n = 0 \
  };

/* Writes down what it is about to spend; a crash may come before the signature. */
#define SPEND d_step { \
    n = acknowledged[s] + 1; \
    do \
    :: s == 0 && n <= got -> wallet = wallet | (1 << INDEX(0, n)); n++ \
    :: else -> break \
    od; \
    n = 0 \
  };
#else
#define IS_TOO_LATE false
#define MAY_SPEND(s, i) true
#define FREE_COINS(from)
#endif

inline complainAbout (s, position) {
  do
  :: atomic {
      if
      :: ASK(complain(s, acknowledged[s], chain & FIRST(acknowledged[s]), position))
      OR_TOO_LATE
      fi
    }
    /* asks the same again, or crashes before it has an answer */
    if
    :: reply != LOST || crashes > 0 -> break
    :: reply == LOST
    fi
  od
  assert(reply == KEY || reply == BLOCK || reply == LOST || (reply == VOID && voided[s]) || IS_TOO_LATE)
  if
#ifdef PURCHASE
  :: reply == CLOSED -> crashed = true
#endif
  :: reply == VOID -> FREE_COINS(1) crashed = true                  /* as good as proven; what is missing comes from elsewhere */
  :: reply == KEY -> assert(!(chain & BIT(position)))
  :: reply == BLOCK -> assert(chain & BIT(position)); FREE_COINS(position) proven[s] = position
  :: d_step { crashes > 0 -> crashes--; crashed = true }
  fi
  if
  :: reply == KEY || reply == BLOCK -> have = have | (1 << INDEX(s, position)); position++
  :: else
  fi
}

proctype HonestRecipient () {
  byte s, got, chain, keyed, failed, count, position, last
  bit flag
  bool crashed
  mtype reply

#ifdef PURCHASE
  /* the ticket, until it is there */
  do
  :: reply != SETTLED -> atomic { ASK(buy()) }
  :: else -> break
  od
  reply = 0
#define MAY_GO_ON !ended
#else
#define MAY_GO_ON true
#endif

  do
  :: s < PROVIDERS && have != FIRST(BLOCKS) && MAY_GO_ON ->
    /* asks for what it has not; what it asks for in vain, it asks for elsewhere */
    d_step {
      got = 0; chain = 0; keyed = 0; failed = 0; crashed = false
      n = 0
      do
      :: n < BLOCKS ->
        if
        :: !(have & (1 << n)) && MAY_SPEND(s, n) -> wanted[s]++; INDEX(s, wanted[s]) = n
        :: else
        fi
        n++
      :: else -> break
      od
      n = 0
      opened[s] = true
      open[s] = true
    }

    do
    :: d_step { block[s]?flag -> got++; chain = chain | (flag -> BIT(got) : 0); flag = 0 }
#ifdef PURCHASE
    /* writes down which coins it spends, before it spends them */
    :: atomic { open[s] && got > acknowledged[s] && nfull(ack[s]) ->
#ifdef MUTANT_SPENT_BEFORE_WRITTEN
        ACKNOWLEDGE
#else
        SPEND
#endif
        if
        :: d_step { crashes > 0 -> crashes--; crashed = true }; break
        :: true
        fi
#ifdef MUTANT_SPENT_BEFORE_WRITTEN
        SPEND
#else
        ACKNOWLEDGE
#endif
      }
#else
    :: ACKNOWLEDGE
#endif
    :: d_step { keys[s]?count, flag ->
#ifndef LYING_PROVIDER
        assert(count <= stored[s])                    /* invariant 6: no released key lacks its stored acknowledgement */
#endif
        if
        :: count > keyed -> unlock(count, flag)
        :: else
        fi
        count = 0; flag = 0
      }
    :: failed -> break
    /* all is done, the provider left, keys are too long in coming, or the user wants no more */
    :: true -> break
    :: d_step { crashes > 0 -> crashes--; crashed = true }; break
    od
    leave(s)

    /* blocks that do not verify: by a wrong key, or as false ciphertext; one after the other until one is found false */
    position = 1
    do
    :: crashed || position > keyed || proven[s] -> break
    :: else ->
      if
      :: failed & BIT(position) ->
        complainAbout(s, position)
#ifdef MUTANT_ONE_COMPLAINT
        if
        :: reply != LOST -> failed = 0
        :: else
        fi
#endif
      :: else -> position++
      fi
    od

    /* withheld keys: those of all that was acknowledged and is true come from the server; then it is found what is false */
    do
    :: !crashed && keyed < acknowledged[s] && !proven[s] ->
      atomic {
        if
        :: ASK(recover(s, keyed + 1, acknowledged[s], chain & FIRST(acknowledged[s])))
        OR_TOO_LATE
        fi
      }
      /* invariant 4: the key is to be had */
      assert(reply == KEYS || reply == LOST || (reply == REFUSED && (chain & BIT(keyed + 1))) || (reply == VOID && voided[s]) || IS_TOO_LATE)
      if
#ifdef PURCHASE
      :: reply == CLOSED -> crashed = true
#endif
      :: reply == VOID -> FREE_COINS(1) crashed = true
      :: reply == KEYS ->
#ifdef MUTANT_RECOVERY_BEYOND_ACK
        count = got
#else
        count = last
#endif
        unlock(count, false)
        count = 0
      :: reply == REFUSED -> position = keyed + 1; complainAbout(s, position)
      :: reply == LOST
      :: d_step { crashes > 0 -> crashes--; crashed = true }
      fi
      last = 0
    :: else -> break
    od
    reply = 0
    position = 0

    /* invariant 4: it has each block that it acknowledged, or proof that the session holds false ones */
    d_step {
      n = 1
      do
      :: n <= acknowledged[s] && !crashed ->
        assert((have & (1 << INDEX(s, n))) || (proven[s] && n > proven[s]))
        n++
      :: else -> break
      od
      n = 0; got = 0; chain = 0; keyed = 0; failed = 0; crashed = false; s++
    }
  :: else -> break
  od
  over = true
}

/*
 * Signs anything, shows it to anybody, asks the server whatever it likes, in any order, as often as it likes. The same blocks
 * of both providers, one after the other.
 */
proctype LyingRecipient () {
  byte s, t, token, count, chain, last
  mtype reply

  d_step {
    do
    :: s < PROVIDERS ->
      wanted[s] = BLOCKS
      n = 0
      do
      :: n < BLOCKS -> n++; INDEX(s, n) = n - 1
      :: else -> break
      od
      s++
    :: else -> break
    od
    n = 0
    s = 0
    opened[0] = true
#ifdef PURCHASE
    buy()
    reply = 0
#endif
#ifdef ACCOMPLICE
    acknowledged[0] = BLOCKS
    falseSent[0] = FIRST(BLOCKS)
    s = 1
    opened[1] = true
    open[1] = true
#else
    open[0] = true
#endif
  }

  do
  :: block[s]?_
  :: d_step { keys[s]?count, _ ->
      assert(count <= acknowledged[s])                /* invariant 3 */
#ifndef LYING_PROVIDER
      assert(count <= stored[s])                      /* invariant 6 */
#endif
      keysOfProvider[s] = MAX(keysOfProvider[s], count)
      count = 0
    }
  :: atomic { open[s] && nfull(ack[s]) ->
      if
      :: t = s
#if PROVIDERS > 1
      :: t = 1 - s                                    /* of its session with the other provider */
#endif
      fi
      TOKEN
      d_step {
        acknowledged[t] = MAX(acknowledged[t], count)
        ack[s]!t, count, chain
        t = 0; count = 0; chain = 0
      }
    }
  :: atomic {
      if
      :: t = 0
      :: s > 0 -> t = 1
      fi
      TOKEN
      d_step {
        acknowledged[t] = MAX(acknowledged[t], count)
      }
      token = count
      do
      :: token > 1 -> token--
      :: break
      od
      if
      :: ASK(recover(t, token, count, chain));
        d_step {
          if
          :: reply == KEYS -> keysOfServer[t] = keysOfServer[t] | (FIRST(last) & ~FIRST(token - 1))
          :: else
          fi
          t = 0; token = 0; count = 0; chain = 0; last = 0; reply = 0
        }
      :: ASK(complain(t, count, chain, token));
        d_step {
          if
          :: reply == KEY -> keysOfServer[t] = keysOfServer[t] | BIT(token)
#ifdef PURCHASE
          :: reply == BLOCK -> ruled = ruled | (1 << INDEX(t, token))
#endif
          :: else
          fi
          t = 0; token = 0; count = 0; chain = 0; reply = 0
        }
      fi
    }
#if PROVIDERS > 1
  :: s == 0 ->
    leave(0)
    d_step { s = 1; opened[1] = true; open[1] = true }
#endif
  :: break
  od
  leave(s)
  over = true
}

/* ==== what holds when all is over ==== */

/*
 * Runs when nobody else can take a step: every party that lives has done what it had to, the server was up whenever it
 * was asked often enough. This is the part of invariant 4 that says "can".
 */
#ifdef PURCHASE
/* All tickets are over, and the time for claims; then the book is closed. Either may come at any moment. */
proctype Closing () {
  bought
#ifdef MUTANT_BOND_BEFORE_END
  d_step { purse = purse + bond; bond = 0 }
#endif
#ifdef MUTANT_MARK_FORGOTTEN
  marked[0] = 0
#endif
#ifndef MUTANT_CLOSED_EARLY
  d_step { ended = true; open[0] = false; open[1] = false }
#endif
#ifdef MUTANT_TORN_CLOSING
  d_step { close() }
  closed = true
#else
  d_step { close(); closed = true }
#endif
}

#ifdef LYING_PROVIDERS
#define IS_HONEST(s) false
#elif defined(LYING_PROVIDER)
#define IS_HONEST(s) ((s) == 1)
#else
#define IS_HONEST(s) true
#endif

/* Two payees of a coin are paid, if the bond is the price. There may be a third one. */
#if defined(LYING_RECIPIENT) && PROVIDERS > 1 && !defined(SERVER_PROVIDES) && !defined(LIMIT_SPENT_THRICE)
#define IS_SETTLED(payee, i) IS_PAID(payee, i)
#else
#define IS_SETTLED(payee, i) (paid[payee] & (1 << (i)))
#endif

/* What holds of the money then. */
proctype End () {
  byte s, all, earned, obtained

  timeout
  d_step {
    assert(closed && escrow == 0 && bond == 0)
    s = 0
    do
    :: s < PROVIDERS ->
      n = 1
      do
      :: n <= wanted[s] ->
        i = INDEX(s, n)
        if
        :: IS_HONEST(s) ->
          assert(!voided[s])
          /* who claims in time is paid for each block whose acknowledgement it stored, so for each that it gave a key of */
#ifdef LIMIT_LATE
          assert(n > stored[s] || IS_SETTLED(PAYEE(s), i))
#else
          assert(n > stored[s] || late[s] || IS_SETTLED(PAYEE(s), i))
#endif
          /* and in any time for keys that the server gave */
          assert(!(keysOfServer[s] & BIT(n)) || IS_SETTLED(PAYEE(s), i))
          obtained = obtained | ((n <= keysOfProvider[s] && !late[s]) || (n <= sent[s] && (keysOfServer[s] & BIT(n))) -> (1 << i) : 0)
        :: else
        fi
        /* nothing from a proven false entry on is paid */
        assert(!proven[s] || n < proven[s] || !(paid[PAYEE(s)] & (1 << i)) || PAYEE(s) == SERVER)
        n++
      :: else -> break
      od
      s++
    :: else -> break
    od
    obtained = obtained | ruled
    n = 0
    i = 0
    do
    :: n < BLOCKS ->
      /* the server is paid for the blocks of its rulings */
      assert(!(ruled & (1 << n)) || IS_SETTLED(SERVER, n))
#ifndef LYING_RECIPIENT
      /* no coin of an honest recipient is paid twice, unless the server gave the block, too */
      assert(!(paid[0] & paid[1] & (1 << n)))
#ifndef SERVER_PROVIDES
      assert(!((paid[0] | paid[1]) & paid[SERVER] & (1 << n)))
#endif
#endif
      earned = earned + ((paid[SERVER] >> n) & 1)
      all = all + ((paid[0] >> n) & 1) + ((paid[1] >> n) & 1) + ((paid[SERVER] >> n) & 1)
      i = i + ((obtained >> n) & 1)
      n++
    :: else -> break
    od
    /* the server has what it had, and what it was paid */
    assert(purseOf[SERVER] == MEANS_OF_SERVER + earned)
    /* what nobody was paid for came back; so did what void sessions had earned, unless it was withdrawn */
#ifdef LIMIT_WITHDRAWN
    assert(purse == MEANS - all)
#else
    assert(purse == MEANS - all - lost)
#endif
#ifdef LYING_RECIPIENT
    /* who lies has no block that it has not paid for, also together with friends */
#ifdef ACCOMPLICE
    assert(purse + purseOf[0] + purseOf[1] * (1 - IS_HONEST(1)) + withdrawn + i <= MEANS)
#else
    assert(purse + i <= MEANS)
#endif
#endif
    n = 0
    i = 0
  }
}
#else
proctype End () {
  byte s

  timeout
  d_step {
    do
    :: s < SESSIONS ->
      n = 1
      do
      :: n <= wanted[s] ->
        if
#if !defined(LYING_PROVIDERS)
#ifdef LYING_PROVIDER
        :: s == 1 && n <= stored[s] ->
#else
        :: n <= stored[s] ->
#endif
          /* invariant 4: what an honest provider stored is credited to it, or was earned by the other one before */
#ifdef LIMIT_STAYS_SPENT
          assert(credits[INDEX(s, n)] == 1)
#else
          assert(credits[INDEX(s, n)] == 1 || (stuck & (1 << INDEX(s, n))))
#endif
          assert(!voided[s])
#ifdef LIMIT_PAID_TWICE
          assert(creditedTo[INDEX(s, n)] == s + 1)
#endif
#endif
        :: else
        fi
#if defined(LYING_RECIPIENT) && !defined(LYING_PROVIDER)
        /* interlock: the keys of what was sent cannot be had unpaid */
        assert(n > keysOfProvider[s] || credits[INDEX(s, n)] == 1)
        assert(n > sent[s] || !(keysOfServer[s] & BIT(n)) || credits[INDEX(s, n)] == 1)
#endif
        /* invariant 4: nothing from a proven false entry on is credited */
        assert(!proven[s] || n < proven[s] || creditedTo[INDEX(s, n)] != s + 1)
        n++
      :: else -> break
      od
      s++
    :: else -> break
    od
  }
}
#endif

init {
  atomic {
#ifdef LYING_RECIPIENT
    run LyingRecipient()
#else
    run HonestRecipient()
#endif
#ifdef LYING_PROVIDER
    run LyingProvider(0)
#else
    run HonestProvider(0)
#endif
#if PROVIDERS > 1
#ifdef LYING_PROVIDERS
    run LyingProvider(1)
#else
    run HonestProvider(1)
#endif
#endif
#ifdef PURCHASE
    purseOf[SERVER] = MEANS_OF_SERVER
    run Closing()
#endif
    run End()
  }
}
