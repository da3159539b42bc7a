/** `pcaport search`: captures of this account by what is in them. */
import { type Command, read } from './command.ts'
import { FLAGS, FLAGS_HELP, showFound } from './found.ts'

export const search: Command = {
  summary: 'captures by what is in them: addresses, ports, names, times, tags, words',
  help: `pcaport search QUERY… [--limit N] [--json]

  pcaport search ip:10.1.2.3 port:443 on:2026-11-24
  pcaport search 'sni:*.example.com' proto:quic after:2026-01-01
  pcaport search -- tag:lab -tag:old router*

All parts must hold; one behind a dash must not (put -- before them). ip: port: mac: proto: sni: dns: http: host:
tag: name: comment: hash: after: before: on: uploaded: size: status:, and words, are told of in docs/search.md.

${FLAGS_HELP}`,
  async run(args) {
    const { words, flags } = read(args, FLAGS, 1)
    return showFound(words.join(' '), flags)
  },
}
