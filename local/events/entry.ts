/** An entry of PutEvents: its size, what is wrong with it, and the event that targets are given. */

export interface Entry {
  readonly EventBusName?: string | undefined;
  readonly Source?: string | undefined;
  readonly DetailType?: string | undefined;
  readonly Detail?: string | undefined;
  readonly Resources?: readonly string[] | undefined;
  /** Seconds. */
  readonly Time?: number | undefined;
}

/** The event for patterns, and as text with the detail as it came: an integer keeps its digits. */
export interface EventText {
  readonly event: object;
  readonly text: string;
}

const DEPTH = 1000;

/** 14 bytes for a time, and the UTF-8 bytes of the rest (aws-facts 1.1). */
export function sizeOf(entry: Entry): number {
  const texts = [entry.Source, entry.DetailType, entry.Detail, ...(entry.Resources ?? [])];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ''), entry.Time ? 14 : 0);
}

export function eventOf(
  entry: Entry,
  about: { readonly id: string; readonly account: string; readonly region: string },
): EventText {
  const detail = entry.Detail ?? '{}';
  const head = {
    version: '0',
    id: about.id,
    'detail-type': entry.DetailType,
    source: entry.Source,
    account: about.account,
    time: new Date(entry.Time ? Number(entry.Time) * 1000 : Date.now()).toISOString().replace(/\.\d+Z$/, 'Z'),
    region: about.region,
    resources: entry.Resources ?? [],
  };
  return {
    event: { ...head, detail: JSON.parse(detail) as unknown },
    text: `${JSON.stringify(head).slice(0, -1)},"detail":${detail}}`,
  };
}

export function refusalOf(entry: Entry): { ErrorCode: string; ErrorMessage: string } | null {
  const missing = (['Source', 'DetailType', 'Detail'] as const).find((key) => !entry[key]);
  if (missing)
    return {
      ErrorCode: 'InvalidArgument',
      ErrorMessage: `Parameter ${missing} is not valid. Reason: ${missing} is a required argument.`,
    };
  if ((entry.DetailType as string).length > 128)
    return {
      ErrorCode: 'InvalidArgument',
      ErrorMessage: 'Parameter DetailType is not valid. Reason: DetailType is longer than 128 characters.',
    };
  if ((entry.Source as string).startsWith('aws.'))
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: `Not authorized for the source ${entry.Source}.` };
  if (entry.Time !== undefined && !(entry.Time >= 0 && entry.Time < 253_402_300_800))
    return {
      ErrorCode: 'InvalidArgument',
      ErrorMessage: 'Parameter Time is not valid. Reason: it is before 1970 or after 9999.',
    };
  return isDetail(entry.Detail as string) ? null : { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
}

/** A JSON object, 1,000 levels deep at most, whose integers fit into 64 bits. */
function isDetail(text: string): boolean {
  try {
    const detail: unknown = JSON.parse(text);
    if (typeof detail !== 'object' || detail === null || Array.isArray(detail)) return false;
  } catch {
    return false;
  }
  const bare = text.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  return (
    depthOf(bare) <= DEPTH &&
    (bare.match(/-?\d{19,}(?![\d.eE])/g) ?? []).every((digits) => BigInt.asIntN(64, BigInt(digits)) === BigInt(digits))
  );
}

/** Of JSON text without its strings' contents. */
function depthOf(bare: string): number {
  let [depth, deepest] = [0, 0];
  for (const bracket of bare.match(/[{}[\]]/g) ?? []) {
    depth += bracket === '{' || bracket === '[' ? 1 : -1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}
