/** CloudShark's `info` object: numbers as numbers, durations and rates as strings, `?` in the keys. */
import type { Capture } from '../store/captures.ts'

/** What is known of a capture; what its parse has still to find is `null`. File type and encapsulation as `capinfos -M` has them. */
export function infoOf(capture: Capture, user: string) {
  const { facts } = capture
  return {
    id: capture.id,
    filename: capture.filename,
    file_type: facts?.fileType ?? null,
    encapsulation: facts?.encapsulation ?? null,
    size: capture.state === 'uploading' ? null : capture.size,
    data_size: facts?.dataSize ?? null,
    num_packets: facts?.packets ?? null,
    duration: facts ? (facts.duration ?? 'n/a') : null,
    start_time: secondsToIso(facts?.firstTime ?? null),
    end_time: secondsToIso(facts?.lastTime ?? null),
    avg_packet_size: facts?.averagePacketSize ?? null,
    avg_packet_rate: facts?.packetRate ?? null,
    data_byte_rate: facts?.byteRate ?? null,
    data_bit_rate: facts?.bitRate ?? null,
    truncated: capture.brokenOff !== null ? 'Yes' : facts ? (facts.truncated ? 'Yes' : 'No') : null,
    comments: capture.comments,
    tag_list: capture.tags.join(','),
    user,
    group: '',
    'group_write?': false,
    'public?': false,
    created_at: millisecondsToIso(capture.createdAt),
    last_accessed: millisecondsToIso(capture.lastAccessedAt ?? capture.createdAt),
    viewcount: capture.viewCount,
    file_source: sourceOf(capture),
    sha1_hash: capture.sha1,
    disable_autodelete: capture.keep,
    ...(capture.state === 'error' ? { error: capture.failure } : {}),
  }
}

/** How a capture came: sent, by URL, or made of others. */
function sourceOf({ fetch, make }: Capture): 'upload' | 'url' | 'merge' | 'slice' {
  return make?.kind ?? (fetch === null ? 'upload' : 'url')
}

/** Whole seconds of a decimal count since 1970, in the form that CloudShark writes. `null` beyond the years that Date knows. */
function secondsToIso(seconds: string | null): string | null {
  return seconds === null ? null : millisecondsToIso(Math.floor(Number(seconds)) * 1000)
}

function millisecondsToIso(time: number): string | null {
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? null : date.toISOString().replace(/\.\d+Z$/, '+00:00')
}
