/** One HTTP call signed with SigV4: for the operator's URL and the few AWS calls of the command line, which must start faster than an SDK client loads. */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { SignatureV4 } from '@smithy/signature-v4';
import { BrineError } from '../core/errors.ts';
import { fetchAs } from './fetch-as.ts';
import type { Credentials, System } from './locate.ts';

export interface SignedRequest {
  readonly service: string;
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  /** Whom it is for, when that is not the host that is asked. */
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** Sends it with the system's credentials. Throws `system.unreachable`; any HTTP status is an answer. */
export async function signedFetch(system: System, request: SignedRequest): Promise<Response> {
  const { url } = request;
  const signer = new SignatureV4({
    service: request.service,
    region: system.region,
    credentials: await credentialsOf(system),
    sha256: Sha256,
  });
  const signed = await signer.sign({
    method: request.method,
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port && { port: Number(url.port) }),
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { host: request.host ?? url.host, ...request.headers },
    body: request.body ?? '',
  });
  try {
    const { method, host } = request;
    const more = {
      ...(request.body !== undefined && { body: request.body }),
      ...(request.signal && { signal: request.signal }),
    };
    return await (host === undefined
      ? fetch(url, { method, headers: signed.headers, ...more })
      : fetchAs(url, { method, host, headers: signed.headers, ...more }));
  } catch (cause) {
    if (request.signal?.aborted) throw cause;
    throw new BrineError(
      {
        code: 'system.unreachable',
        text: `nothing answers at ${url.origin}`,
        hint: 'is it running? brine dev starts one; brine env prints the variables that reach it',
      },
      { cause },
    );
  }
}

/** The system's own credentials, else what the SDK's standard chain finds; the SDK is loaded only then. */
export async function credentialsOf(system: System): Promise<Credentials> {
  if (system.credentials) return system.credentials;
  const { LambdaClient } = await import('@aws-sdk/client-lambda');
  const client = new LambdaClient({ region: system.region });
  try {
    return await client.config.credentials();
  } catch (cause) {
    throw new BrineError(
      {
        code: 'system.credentials',
        text: 'no AWS credentials were found',
        hint: 'log in (aws sso login), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
      },
      { cause },
    );
  } finally {
    client.destroy();
  }
}

/** The hash that the signer asks for. */
class Sha256 {
  readonly #key: Uint8Array | undefined;
  readonly #parts: Uint8Array[] = [];

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#key = secret === undefined ? undefined : bytesOf(secret);
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#parts.push(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    const all = Buffer.concat(this.#parts);
    return this.#key ? hmac(sha256, this.#key, all) : sha256(all);
  }

  reset(): void {
    this.#parts.length = 0;
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return new TextEncoder().encode(data);
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
}
