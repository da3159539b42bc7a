/** The lines a person pastes to send a first capture. */

/** In CloudShark's way and in A-Packets' way, and where to look at what was sent. */
export function pasteLines(url: string, token: string): string {
  return `As CloudShark has it (with a slash at the end the file keeps its name):
  curl -T traffic.pcapng ${url}/api/v1/${token}/upload
  curl -T traffic.pcapng ${url}/api/v1/${token}/upload/
  curl -F file=@traffic.pcap -F additional_tags=dns,lab -F comments="captured from NOC" ${url}/api/v1/${token}/upload

As A-Packets has it:
  curl -X POST -H "Authorization: Bearer ${token}" -F file=@traffic.pcap ${url}/api/v1/upload/private/
  curl -H "Authorization: Bearer ${token}" ${url}/api/v1/pcaps/private/status/<uuid>

The page of a capture: ${url}/captures/<id>`
}
