import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

/**
 * `Expect: 100-continue`: Node by itself would ask for the body before anybody looked at the
 * request. Here it is asked for when it is first read; who is refused before that sends nothing.
 */
export function continueWhenRead(listener: RequestListener): RequestListener {
  return function expectContinue(request: IncomingMessage, response: ServerResponse) {
    // Of all that reads a stream this comes first: whoever reads it, and however.
    /* oxlint-disable no-underscore-dangle */
    const read = request._read.bind(request)
    request._read = (size) => {
      request._read = read
      if (!response.headersSent) response.writeContinue()
      read(size)
    }
    /* oxlint-enable no-underscore-dangle */
    listener(request, response)
  }
}
