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
  readonly token: string | undefined;
  /** Presigned: the signature stands in the query, with the seconds for which it is good. */
  readonly presigned: { readonly stamp: string; readonly seconds: number } | null;
}

const SKEW = 5 * 60_000;
const WEEK = 604_800;
const CREDENTIAL = /^([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request$/;

/** Reads the Authorization header, or a presigned query; throws AWS's errors for a missing or malformed one. */
export function parseScope(headers: SignedHttp['headers'], query: URLSearchParams): Scope {
  if (query.has('X-Amz-Algorithm')) return parsePresigned(query);
  const header = headers.authorization;
  if (typeof header !== 'string')
    throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', {
      status: 403,
      queryCode: 'MissingAuthenticationToken',
    });
  const found = /^AWS4-HMAC-SHA256\s+Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/.exec(header);
  const credential = CREDENTIAL.exec(found?.[1] ?? '');
  if (!found || !credential) throw incomplete('The Authorization header is not of the form that SigV4 wants');
  const token = headers['x-amz-security-token'];
  return {
    ...partsOf(credential),
    signedHeaders: (found[2] as string).split(';'),
    signature: found[3] as string,
    token: typeof token === 'string' ? token : undefined,
    presigned: null,
  };
}

function parsePresigned(query: URLSearchParams): Scope {
  const credential = CREDENTIAL.exec(query.get('X-Amz-Credential') ?? '');
  const seconds = Number(query.get('X-Amz-Expires') ?? Number.NaN);
  const signature = query.get('X-Amz-Signature') ?? '';
  if (query.get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256' || !credential || !/^[0-9a-f]{64}$/.test(signature))
    throw incomplete('The query is not of the form that SigV4 wants');
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > WEEK)
    throw new AwsError('AuthorizationQueryParametersError', 'X-Amz-Expires must be between 1 and 604800 seconds');
  return {
    ...partsOf(credential),
    signedHeaders: (query.get('X-Amz-SignedHeaders') ?? '').split(';'),
    signature,
    token: query.get('X-Amz-Security-Token') ?? undefined,
    presigned: { stamp: query.get('X-Amz-Date') ?? '', seconds },
  };
}

function partsOf(credential: RegExpExecArray) {
  const [, accessKeyId, date, region, service] = credential as unknown as [string, string, string, string, string];
  return { accessKeyId, date, region, service };
}

function incomplete(text: string): AwsError {
  return new AwsError('IncompleteSignatureException', text, { queryCode: 'IncompleteSignature' });
}

/** Throws InvalidSignatureException (SignatureDoesNotMatch in the older protocols); returns when the signature holds. */
export function verifySignature(http: SignedHttp, scope: Scope, secret: string, now: number): void {
  const stamp = scope.presigned?.stamp ?? single(http.headers['x-amz-date']);
  checkTime(stamp, scope, now);
  // What decides about the request is signed, or it could be changed on its way.
  for (const name of ['host', 'x-amz-date', 'x-amz-target'])
    if (http.headers[name] !== undefined && !scope.signedHeaders.includes(name))
      throw noMatch(`'${name}' must be a 'SignedHeader' in the AWS Authorization.`);
  const canonical = canonicalRequest(http, scope);
  const scopeText = `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', stamp, scopeText, createHash('sha256').update(canonical).digest('hex')].join('\n');
  const wanted = createHmac('sha256', signingKey(secret, scope)).update(text).digest();
  if (!timingSafeEqual(wanted, Buffer.from(scope.signature, 'hex')))
    throw noMatch(
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
    );
}

function noMatch(text: string): AwsError {
  return new AwsError('InvalidSignatureException', text, { status: 403, queryCode: 'SignatureDoesNotMatch' });
}

/** Good for a day each; every request of a client is signed with the same one. */
const signingKeys = new Map<string, Uint8Array>();
const KEPT = 1000;

function signingKey(secret: string, { date, region, service }: Scope): Uint8Array {
  const name = [secret, date, region, service].join('\n');
  const known = signingKeys.get(name);
  if (known) return known;
  let key: Uint8Array = Buffer.from(`AWS4${secret}`);
  for (const part of [date, region, service, 'aws4_request']) key = createHmac('sha256', key).update(part).digest();
  if (signingKeys.size >= KEPT) signingKeys.clear();
  signingKeys.set(name, key);
  return key;
}

function checkTime(stamp: string, { date, presigned }: Scope, now: number): void {
  const at = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  const [earliest, latest] = presigned ? [at - SKEW, at + presigned.seconds * 1000] : [at - SKEW, at + SKEW];
  if (!Number.isNaN(at) && stamp.startsWith(date) && now >= earliest && now <= latest) return;
  if (Number.isNaN(at)) throw incomplete("Date must be in ISO-8601 'basic format', as 20150830T123600Z");
  if (!stamp.startsWith(date)) throw noMatch('Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date');
  throw noMatch(
    now < earliest
      ? `Signature not yet current: ${stamp} is still later than ${basic(now + SKEW)} (${basic(now)} + 5 min.)`
      : `Signature expired: ${stamp} is now earlier than ${basic(now - (latest - at))} (${basic(now)} is the time here)`,
  );
}

/** As a signature writes a time. */
function basic(at: number): string {
  return new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');
}

function canonicalRequest(http: SignedHttp, scope: Scope): string {
  const path = http.path
    .split('/')
    .map((part) => encode(part))
    .join('/');
  const query = http.query
    .split('&')
    .filter((pair) => pair !== '' && !(scope.presigned && pair.startsWith('X-Amz-Signature=')))
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
    throw noMatch('The body is not the one that was signed');
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
