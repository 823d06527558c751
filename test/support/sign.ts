/** Signs one HTTP request as any client of AWS does, so that a test can spoil it afterwards. */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Aws } from '../../local/aws.ts';

export interface Call {
  readonly service: string;
  readonly path?: string;
  readonly method?: string;
  readonly target?: string;
  readonly body?: string | Uint8Array;
  readonly type?: string;
  readonly query?: Record<string, string>;
  /** Milliseconds UTC of the signature. */
  readonly at?: number;
}

export interface Signed {
  readonly method: string;
  readonly url: URL;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array | undefined;
}

export async function sign(aws: Aws, call: Call): Promise<Signed> {
  const { url, request, method } = requestOf(aws, call);
  const { headers } = await signerOf(aws, call).sign(request, { signingDate: new Date(call.at ?? Date.now()) });
  return { method, url, headers, body: call.body };
}

/** The signature in the query. */
export async function presign(aws: Aws, call: Call, expiresIn: number): Promise<URL> {
  const { url, request } = requestOf(aws, { method: 'GET', ...call });
  const options = { expiresIn, signingDate: new Date(call.at ?? Date.now()) };
  const { query = {} } = await signerOf(aws, call).presign(request, options);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  return url;
}

export function send({ method, url, headers, body }: Signed): Promise<Response> {
  return fetch(url, { method, headers, ...(body !== undefined && method !== 'GET' && { body: body as string }) });
}

function requestOf(aws: Aws, call: Call) {
  const { path = '/', method = 'POST', target, body = '', type = 'application/x-amz-json-1.0', query = {} } = call;
  const url = new URL(path, aws.endpoint);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const headers = {
    host: url.host,
    ...(method !== 'GET' && { 'content-type': type }),
    ...(target && { 'x-amz-target': target }),
  };
  const request = { method, protocol: 'http:', hostname: url.hostname, port: Number(url.port), path, query, headers, body };
  return { url, request, method };
}

function signerOf(aws: Aws, { service }: Call): SignatureV4 {
  return new SignatureV4({ service, region: aws.region, credentials: aws.credentials, sha256: Sha256 });
}

class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Uint8Array);
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(data as Uint8Array);
  }

  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.#hash.digest());
  }

  reset(): void {}
}
