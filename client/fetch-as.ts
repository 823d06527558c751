/**
 * An HTTP call under another host's name: LocalStack and MiniStack tell functions' URLs apart by the Host header, by names that no DNS has. `fetch`
 * lets nobody set that header.
 */
import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { buffer } from 'node:stream/consumers';

export interface RequestAs {
  readonly method: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** As `fetch` answers and fails. */
export async function fetchAs(url: URL, { method, host, headers, body = '', signal }: RequestAs): Promise<Response> {
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  const options: RequestOptions = {
    method,
    headers: { ...headers, host, 'content-length': Buffer.byteLength(body) },
    ...(signal && { signal }),
  };
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      send(url, options, resolve).once('error', reject).end(body);
    });
    const bytes = await buffer(answer);
    const told = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)]);
    return new Response(bytes.length > 0 ? new Uint8Array(bytes) : null, { status: answer.statusCode ?? 502, headers: told });
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    throw new TypeError('fetch failed', { cause });
  }
}
