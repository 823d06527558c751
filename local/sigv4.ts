/** Verifies SigV4 as AWS does: the signature of every request, with the keys this AWS was started with or that its STS gave out. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { AwsError } from './service.ts';

export interface SignedHttp {
  readonly method: string;
  /** As it stood in the request line. */
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
}

export interface Scope {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const SKEW = 5 * 60_000;

/** Reads the Authorization header; throws AWS's errors for a missing or malformed one. */
export function parseScope(headers: SignedHttp['headers']): Scope {
  const header = headers.authorization;
  if (typeof header !== 'string')
    throw new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', { status: 403 });
  const found =
    /^AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request,\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/.exec(
      header,
    );
  if (!found)
    throw new AwsError('IncompleteSignature', 'The Authorization header is not of the form that SigV4 wants', { status: 400 });
  const [, accessKeyId, date, region, service, signed, signature] = found as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return { accessKeyId, date, region, service, signedHeaders: signed.split(';'), signature };
}

/** Throws SignatureDoesNotMatch or RequestTimeTooSkewed; returns when the signature holds. */
export function verifySignature(http: SignedHttp, scope: Scope, secret: string, now: number): void {
  const stamp = single(http.headers['x-amz-date']);
  const at = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (Number.isNaN(at) || Math.abs(at - now) > SKEW) {
    throw new AwsError(
      'RequestTimeTooSkewed',
      'Signature expired or not yet current: the request is more than five minutes away from the time here',
      { status: 403 },
    );
  }
  const canonical = canonicalRequest(http, scope);
  const scopeText = `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', stamp, scopeText, createHash('sha256').update(canonical).digest('hex')].join('\n');
  let key: Uint8Array = Buffer.from(`AWS4${secret}`);
  for (const part of [scope.date, scope.region, scope.service, 'aws4_request'])
    key = createHmac('sha256', key).update(part).digest();
  const wanted = createHmac('sha256', key).update(text).digest();
  if (!timingSafeEqual(wanted, Buffer.from(scope.signature, 'hex'))) {
    throw new AwsError(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
      { status: 403 },
    );
  }
}

function canonicalRequest(http: SignedHttp, scope: Scope): string {
  const path = http.path
    .split('/')
    .map((part) => encode(part))
    .join('/');
  const query = http.query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name, value = ''] = pair.split('=') as [string, string?];
      return `${encode(decodeQuery(name))}=${encode(decodeQuery(value))}`;
    })
    .sort()
    .join('&');
  const headers = scope.signedHeaders
    .map((name) => `${name}:${single(http.headers[name]).trim().replace(/\s+/g, ' ')}\n`)
    .join('');
  const hash = createHash('sha256').update(http.body).digest('hex');
  const claimed = single(http.headers['x-amz-content-sha256']);
  if (claimed !== '' && claimed !== hash && claimed !== 'UNSIGNED-PAYLOAD') {
    throw new AwsError('SignatureDoesNotMatch', 'The body is not the one that was signed', { status: 403 });
  }
  return [
    http.method,
    path || '/',
    query,
    headers,
    scope.signedHeaders.join(';'),
    claimed === 'UNSIGNED-PAYLOAD' ? claimed : hash,
  ].join('\n');
}

function single(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(',') : (value ?? '');
}

function decodeQuery(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
