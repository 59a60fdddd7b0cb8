import type { IncomingMessage, ServerResponse } from 'node:http'

/** For how long a client that goes on sending is listened to, so that it can read its answer. */
const DRAIN_MS = 1000

/**
 * Drops what comes after an answer that was given before the whole body was read, for a moment:
 * to close at once would reset the connection, and the answer with it.
 */
export function drainUnread(
  request: IncomingMessage,
  response: ServerResponse,
  drainMs = DRAIN_MS,
): void {
  // Before Node's own listener, which ends a connection that is not kept.
  response.prependOnceListener('finish', () => {
    const { socket } = request
    if (request.complete || socket.destroyed) return
    const destroySoon = socket.destroySoon.bind(socket)
    let closes = false
    socket.destroySoon = () => {
      closes = true
      socket.end()
    }
    const cut = setTimeout(() => socket.destroy(), drainMs)
    const done = () => {
      clearTimeout(cut)
      socket.destroySoon = destroySoon
      if (closes) destroySoon()
    }
    request.once('end', done)
    socket.once('close', () => clearTimeout(cut))
    // Who read a part of it would keep what nobody will read, or stop it.
    request.removeAllListeners('data')
    request.on('error', () => {})
    request.resume()
  })
}
