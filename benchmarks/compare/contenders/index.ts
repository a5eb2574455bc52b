import { contenders as bitTorrent } from './bittorrent.ts'
import { contenders as mssl } from './mssl.ts'
import { contenders as nginxCurl } from './nginx-curl.ts'
import { contenders as packages } from './packages.ts'
import { contenders as streams } from './streams.ts'
import type { Contender } from '../contender.ts'

/** In the order of the tables; ratios are to the first. */
export const CONTENDERS: Contender[] = [...mssl, ...streams, ...nginxCurl, ...bitTorrent, ...packages]
