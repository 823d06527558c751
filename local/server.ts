/**
 * The one door: HTTP on loopback, the AWS wire protocols, SigV4 on every request. Loopback is no boundary (any web page can post to it), so an
 * `Origin` or a Host that is not loopback is refused. Garbage gets AWS's errors and never ends the process.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Faults } from './faults.ts';
import { AwsError, type Caller, type Service, type ServiceRequest, type ServiceResponse } from './service.ts';
import { parseScope, verifySignature } from './sigv4.ts';

/** A secret for an access key, and who it stands for; null for a key that nobody gave out. */
export type FindKey = (
  accessKeyId: string,
  token: string | undefined,
) => { readonly secret: string; readonly caller: Caller } | null;

/** Paths that prove themselves in another way (Lambda's runtime API has a secret in its path). */
export interface Unsigned {
  readonly prefix: string;
  handle(request: ServiceRequest): Promise<ServiceResponse>;
}

export interface DoorOptions {
  readonly services: readonly Service[];
  readonly unsigned: readonly Unsigned[];
  readonly findKey: FindKey;
  readonly now: () => number;
  readonly faults: Faults;
}

const LIMIT = 8 * 1024 * 1024;
/** Milliseconds for a request's head, and for all of it. */
const SLOW = { headersTimeout: 20_000, requestTimeout: 60_000, connectionsCheckingInterval: 5_000 };

export async function openDoor(
  options: DoorOptions & { readonly port: number },
): Promise<{ server: Server; port: number; close(): Promise<void> }> {
  const server = createServer({ keepAliveTimeout: 60_000, ...SLOW }, (request, response) => {
    answer(request, response, options).catch((error: unknown) => fail(response, asAwsError(error), 'json'));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
    if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    else socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', 1024, resolve);
  });
  server.on('error', () => {}); // no descriptor left for one more: it is refused, and the others go on
  return {
    server,
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(http: IncomingMessage, response: ServerResponse, options: DoorOptions): Promise<void> {
  const raw = http.url ?? '/';
  const cut = raw.indexOf('?');
  const [path, query] = cut < 0 ? [raw, ''] : [raw.slice(0, cut), raw.slice(cut + 1)];
  refuseStrangers(http);
  const gone = new AbortController();
  response.on('close', () => {
    if (!response.writableEnded) gone.abort();
  });
  const base = {
    method: http.method ?? 'GET',
    path,
    query: new URLSearchParams(query),
    headers: http.headers,
    signal: gone.signal,
  };
  const open = options.unsigned.find((service) => path.startsWith(service.prefix));
  if (open) {
    const text = (await readBody(http)).toString('utf8');
    const request = { ...base, text, operation: `${base.method} ${path}`, input: {}, caller: NOBODY };
    return send(response, await open.handle(request), 'json');
  }
  const scope = parseScope(http.headers, base.query);
  const service = options.services.find((candidate) => candidate.name === scope.service);
  const style = service ? (STYLES[service.name] ?? 'json') : 'json';
  try {
    // Whoever has no key has no body read.
    const key = options.findKey(scope.accessKeyId, scope.token);
    if (!key) {
      throw new AwsError('UnrecognizedClientException', 'The security token included in the request is invalid.', {
        status: 403,
        queryCode: 'InvalidClientTokenId',
      });
    }
    const body = await readBody(http);
    verifySignature({ method: base.method, path, query, headers: http.headers, body }, scope, key.secret, options.now());
    if (!service) throw new AwsError('UnknownService', `this AWS has no service ${scope.service}`, { status: 404 });
    const request = { ...base, text: body.toString('utf8'), caller: key.caller };
    const call = operationOf(request, style);
    const fault = options.faults({ service: service.name, operation: call.operation });
    if (fault) throw fault;
    send(response, await service.handle({ ...request, ...call }), style);
  } catch (error) {
    fail(response, asAwsError(error), style);
  }
}

const NOBODY: Caller = { kind: 'service', service: 'nobody', sourceArn: '' };

type Style = 'json' | 'xml' | 'rest';
const STYLES: Readonly<Record<string, Style>> = {
  sts: 'xml',
  iam: 'xml',
  lambda: 'rest',
  sqs: 'json',
  events: 'json',
  kms: 'json',
  dynamodb: 'json',
};

function operationOf(
  base: Pick<ServiceRequest, 'method' | 'path' | 'headers' | 'text'>,
  style: Style,
): { operation: string; input: Readonly<Record<string, unknown>> } {
  if (style === 'xml') {
    const input = Object.fromEntries(new URLSearchParams(base.text));
    return { operation: input.Action ?? '', input };
  }
  if (style === 'rest') return { operation: `${base.method} ${base.path}`, input: parseJson(base.text, false) };
  const target = base.headers['x-amz-target'];
  if (typeof target !== 'string')
    throw new AwsError('UnknownOperationException', 'the request has no X-Amz-Target', { status: 404 });
  return { operation: target.split('.').at(-1) ?? '', input: parseJson(base.text, true) };
}

function parseJson(text: string, strict: boolean): Readonly<Record<string, unknown>> {
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // said below
  }
  if (!strict) return {};
  throw new AwsError('SerializationException', 'the body is no JSON object');
}

function refuseStrangers(http: IncomingMessage): void {
  const host = (http.headers.host ?? '').replace(/:\d+$/, '');
  if (http.headers.origin !== undefined || !['127.0.0.1', 'localhost', '[::1]'].includes(host)) {
    throw new AwsError('AccessDenied', 'only programs on this machine may ask', { status: 403 });
  }
}

async function readBody(http: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of http) {
    size += (chunk as Buffer).length;
    if (size > LIMIT) throw new AwsError('RequestEntityTooLarge', `a request is at most ${LIMIT} bytes`, { status: 413 });
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function asAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  return new AwsError('InternalFailure', error instanceof Error ? error.message : String(error), { status: 500 });
}

function send(response: ServerResponse, { status = 200, headers = {}, body }: ServiceResponse, style: Style): void {
  if (response.headersSent || response.destroyed) return;
  const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
  const type = style === 'xml' ? 'text/xml' : style === 'json' ? 'application/x-amz-json-1.0' : 'application/json';
  response.writeHead(status, {
    'content-type': type,
    'x-amzn-requestid': randomUUID(),
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

function fail(response: ServerResponse, error: AwsError, style: Style): void {
  const headers: Record<string, string> = { 'x-amzn-errortype': error.code };
  // What is left of a body that was not read is not waited for.
  if (!response.req.complete) headers.connection = 'close';
  // For SQS, which keeps its older protocol's names of errors beside the new ones.
  if (error.queryCode && response.req.headers['x-amzn-query-mode']) headers['x-amzn-query-error'] = `${error.queryCode};Sender`;
  if (style === 'xml') {
    const body = `<ErrorResponse><Error><Type>Sender</Type><Code>${error.queryCode ?? error.code}</Code><Message>${escapeXml(error.message)}</Message></Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`;
    return send(response, { status: error.status, headers, body }, style);
  }
  send(
    response,
    { status: error.status, headers, body: { __type: error.code, message: error.message, Message: error.message } },
    style,
  );
}

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
