/** A TCP proxy whose connections end where a test says, in the middle of whatever goes by, and are as slow as it says. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface CuttingProxy {
  url: string
  /** Bytes that have gone from clients to the server. */
  sent(): number
  /** Cut all connections as soon as so many bytes have gone by, and do this then. */
  cutAt(points: number[], meanwhile: (cut: number) => void): void
  /** Let so much go by from clients, all of them together. Bytes a second; 0: as fast as they can. */
  slowTo(rate: number): void
  close(): Promise<void>
}

/** @param port where the server is, on 127.0.0.1 */
export async function cuttingProxy(port: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>()
  let sent = 0
  let points: number[] = []
  let meanwhile: (cut: number) => void = () => {}
  let cuts = 0
  let rate = 0
  let freeAt = 0
  /** How long to hold back what comes after so many bytes. Milliseconds. */
  const holdAfter = (bytes: number): number => {
    if (rate === 0) return 0
    freeAt = Math.max(Date.now(), freeAt) + (bytes / rate) * 1000
    return freeAt - Date.now()
  }
  const cut = () => {
    for (const socket of sockets) socket.destroy()
    meanwhile(++cuts)
  }
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      // biome-ignore format: a pair
      sockets.add(socket)
      socket.once('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
      socket.on('error', () => undefined)
    }
    upstream.pipe(client)
    client.on('data', (chunk) => {
      sent += chunk.length
      const hold = holdAfter(chunk.length)
      const goOn = () => setTimeout(() => client.resume(), hold)
      const isFull = !upstream.write(chunk)
      if (isFull || hold > 0) client.pause()
      if (isFull) upstream.once('drain', goOn)
      else if (hold > 0) goOn()
      if (sent < (points[0] ?? Number.POSITIVE_INFINITY)) return
      while (sent >= (points[0] ?? Number.POSITIVE_INFINITY)) points.shift()
      cut()
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent: () => sent,
    cutAt(at, then) {
      points = at.map((point) => sent + point)
      meanwhile = then
      cuts = 0
    },
    slowTo(to) {
      rate = to
      freeAt = 0
    },
    close: () =>
      new Promise((closed) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => closed())
      }),
  }
}
