import { code, count, markdownTable } from '../../support/markdown.ts'
import type { PeerResult, PeersResult } from '../peers/result.ts'
import type { Section } from './section.ts'
import { spreadText, tenths } from './spread-text.ts'

/** The functions beside other people's programs on the same topic. */
export const peersSection: Section<PeersResult> = {
  results: 'peers',
  tables: { peers: peersTables, 'settings of peers': settingsTable },
  pictures: {},
}

/** A table for each form of output. */
function peersTables({ command, machine, date, records, recordBytes, partitions, faults, peers }: PeersResult): string {
  const topic = `${count(records)} JSON records of about ${recordBytes} B in ${partitions} partitions`
  const rounds = Math.min(...peers.map(peer => peer.rounds.length))
  const head = `${code(command)}, ${topic}, medians of ${rounds} rounds with the least and the most. ${machine}, ${date}.`
  const tables = Array.from(
    Map.groupBy(peers, ({ form }) => form),
    ([form, own]) => `**${form}**\n\n${peersTable(own)}`,
  )
  return [head, ...tables, faultsText(faults)].join('\n\n')
}

function peersTable(peers: PeerResult[]): string {
  const head = ['', 'CPU s', 'of it start', 's', 'of it start', 'records/s', 'peak MB', 'objects', 'MB']
  const rows = peers.map(peer => [
    peer.name,
    spreadText(peer.cpu, tenths),
    tenths(peer.startCpu.median),
    spreadText(peer.seconds, tenths),
    tenths(peer.startSeconds.median),
    count(peer.recordsPerSecond.median),
    spreadText(peer.peakMb, count),
    peer.objects ? count(peer.objects.median) : '–',
    tenths(peer.bytes.median / 1e6),
  ])
  return markdownTable(head, rows)
}

function faultsText(faults: string[]): string {
  if (faults.length === 0) return 'Every run of each of them has written every record exactly once.'
  return faults.map(fault => `- ${fault}`).join('\n')
}

function settingsTable({ peers }: PeersResult): string {
  return markdownTable(
    ['', 'version', 'settings'],
    peers.map(({ name, version, settings }) => [name, version, settings]),
  )
}
