/** What a service of the embedded AWS is: it gets a request whose caller is known and answers with data, or throws AWS's own error. */

/** Who signed the request. Root credentials are the account's administrator; a role's session carries its name, tags and session policy. */
export type Caller =
  | { readonly kind: 'root'; readonly account: string }
  | {
      readonly kind: 'role';
      readonly account: string;
      readonly role: string;
      readonly session: string;
      readonly tags: Readonly<Record<string, string>>;
      readonly policy: string | null;
    }
  /** EventBridge, Lambda: a service that acts by itself, with what it acts for. */
  | { readonly kind: 'service'; readonly service: string; readonly sourceArn: string };

export interface ServiceRequest {
  /** `SendMessage`; for REST services `POST /2015-03-31/…`. */
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The text as it came. */
  readonly text: string;
  /** JSON or form fields of it; an empty object for an empty body. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

export interface ServiceResponse {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Data for a JSON protocol, or the text itself. */
  readonly body?: unknown;
}

export interface Service {
  /** The name in the SigV4 credential scope. */
  readonly name: string;
  handle(request: ServiceRequest): Promise<ServiceResponse>;
}

/** An error as AWS names it. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** Its name in the older Query protocol: what STS and IAM answer, and SQS in `x-amzn-query-error`. */
  readonly queryCode: string | undefined;

  constructor(code: string, message: string, options: { status?: number; queryCode?: string } = {}) {
    super(message);
    this.name = 'AwsError';
    this.code = code;
    this.status = options.status ?? 400;
    this.queryCode = options.queryCode;
  }
}

export function callerArn(caller: Caller): string {
  if (caller.kind === 'root') return `arn:aws:iam::${caller.account}:root`;
  if (caller.kind === 'service') return caller.sourceArn;
  return `arn:aws:sts::${caller.account}:assumed-role/${caller.role}/${caller.session}`;
}
