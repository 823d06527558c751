/** A function URL: the request as the function is given it, and its answer as HTTP. */
import { randomUUID } from 'node:crypto';
import { callerArn, type ServiceRequest, type ServiceResponse } from '../service.ts';
import type { Outcome } from './invocations.ts';

/** Payload format 2.0, with the caller's ARN where AWS puts it. */
export function urlEvent(request: ServiceRequest, path: string, account: string) {
  const arn = callerArn(request.caller);
  const userArn = request.caller.kind === 'role' ? arn : `arn:aws:iam::${account}:root`;
  return {
    version: '2.0',
    rawPath: path,
    rawQueryString: request.query.toString(),
    headers: Object.fromEntries(
      Object.entries(request.headers)
        .filter(([name]) => !/^(authorization|x-amz-security-token)$/.test(name))
        .map(([name, value]) => [name, String(value)]),
    ),
    requestContext: {
      accountId: account,
      authorizer: {
        iam: { accountId: account, callerId: account, userArn, accessKey: '', principalOrgId: null, userId: account },
      },
      http: {
        method: request.method,
        path,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: String(request.headers['user-agent'] ?? ''),
      },
      requestId: randomUUID(),
      timeEpoch: Date.now(),
    },
    body: request.text,
    isBase64Encoded: false,
  };
}

export function urlResponse(outcome: Outcome): ServiceResponse {
  if (!outcome.ok) return { status: 502, body: { Message: 'Internal Server Error' } };
  const value = safeJson(outcome.payload) as { statusCode?: number; headers?: Record<string, string>; body?: string };
  if (typeof value !== 'object' || value === null || typeof value.statusCode !== 'number')
    return { status: 200, body: outcome.payload };
  return { status: value.statusCode, headers: value.headers ?? {}, body: value.body ?? '' };
}

export function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
