/** Everybody in an account with the policies that they have, read once; and what a policy lets do. For `brine doctor`. */
import { BrineError } from '../core/errors.ts';
import type { System } from './locate.ts';
import { refusedLogin } from './refused-login.ts';
import { signedFetch } from './signed-fetch.ts';

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: unknown;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** A role or a user. */
export interface AccountHolder {
  readonly name: string;
  readonly statements: readonly Statement[];
}

export function statementsIn(policy: string): readonly Statement[] {
  const found = (JSON.parse(policy) as { Statement?: Statement | Statement[] }).Statement;
  return found === undefined ? [] : Array.isArray(found) ? found : [found];
}

export function principalsOf({ Principal }: Statement): readonly string[] {
  if (typeof Principal === 'string') return [Principal];
  return Object.values((Principal ?? {}) as Record<string, string | string[]>).flat();
}

/** Does any of them allow it? Denies are not looked at: better one name too many. Conditions count as met. */
export function mayDo(statements: readonly Statement[], action: string, resource: string): boolean {
  return statements.some((statement) => {
    if (statement.Effect !== 'Allow') return false;
    const names = listOf(statement.Action);
    const acts =
      statement.Action !== undefined
        ? names.some((glob) => fits(action.toLowerCase(), glob.toLowerCase()))
        : statement.NotAction !== undefined &&
          !listOf(statement.NotAction).some((glob) => fits(action.toLowerCase(), glob.toLowerCase()));
    return (
      acts &&
      (resource === '*' || statement.Resource === undefined || listOf(statement.Resource).some((glob) => fits(resource, glob)))
    );
  });
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

/** IAM's own globs: `*` and `?`. */
function fits(text: string, glob: string): boolean {
  const pattern = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${pattern}$`, 's').test(text);
}

/** Roles and users with their own, attached and groups' policies. Throws `system.credentials` where the caller may not read them. */
export async function accountHolders(system: System, signal?: AbortSignal): Promise<readonly AccountHolder[]> {
  const pages: string[] = [];
  for (let marker: string | undefined; ; ) {
    const page = await ask(system, marker, signal);
    pages.push(page);
    marker = /<Marker>([^<]*)<\/Marker>/.exec(page)?.[1];
    if (!/<IsTruncated>true<\/IsTruncated>/.test(page) || marker === undefined) break;
  }
  const xml = pages.map(parseXml);
  const managed = new Map(
    itemsIn(xml, 'Policies').map((item) => {
      const versions = childrenOf(item, 'PolicyVersionList');
      const current = versions.find((version) => textOf(version, 'IsDefaultVersion') === 'true') ?? versions[0];
      return [textOf(item, 'Arn'), current ? textOf(current, 'Document') : '{}'] as const;
    }),
  );
  const policiesOf = (item: Xml, inline: string): readonly Statement[] => [
    ...childrenOf(item, inline).flatMap((policy) => statementsIn(decodeURIComponent(textOf(policy, 'PolicyDocument')))),
    ...childrenOf(item, 'AttachedManagedPolicies').flatMap((policy) =>
      statementsIn(decodeURIComponent(managed.get(textOf(policy, 'PolicyArn')) ?? '{}')),
    ),
  ];
  const groups = new Map(
    itemsIn(xml, 'GroupDetailList').map((item) => [textOf(item, 'GroupName'), policiesOf(item, 'GroupPolicyList')]),
  );
  const users = itemsIn(xml, 'UserDetailList').map((item) => ({
    name: textOf(item, 'UserName'),
    statements: [
      ...policiesOf(item, 'UserPolicyList'),
      ...childrenOf(item, 'GroupList').flatMap((group) => groups.get(group.text) ?? []),
    ],
  }));
  const roles = itemsIn(xml, 'RoleDetailList').map((item) => ({
    name: textOf(item, 'RoleName'),
    statements: policiesOf(item, 'RolePolicyList'),
  }));
  return [...users, ...roles];
}

async function ask(system: System, marker: string | undefined, signal: AbortSignal | undefined): Promise<string> {
  const form = new URLSearchParams({
    Action: 'GetAccountAuthorizationDetails',
    Version: '2010-05-08',
    ...(marker && { Marker: marker }),
  });
  // IAM has one endpoint and signs for this region wherever one is.
  const response = await signedFetch(
    { ...system, region: system.endpoint ? system.region : 'us-east-1' },
    {
      service: 'iam',
      method: 'POST',
      url: new URL(system.endpoint ?? 'https://iam.amazonaws.com/'),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
      ...(signal && { signal }),
    },
  );
  const text = await response.text();
  if (response.status === 403) throw refusedLogin('reading the account’s policies', text, 'iam:GetAccountAuthorizationDetails');
  if (!response.ok)
    throw new BrineError({ code: 'system.answer', text: `IAM answered ${/<Code>([^<]*)/.exec(text)?.[1] ?? response.status}` });
  return text;
}

interface Xml {
  readonly name: string;
  readonly text: string;
  readonly children: readonly Xml[];
}

/** Elements and texts, as IAM writes them: no attributes that matter, no mixed content. */
function parseXml(source: string): Xml {
  const root = { name: '', text: '', children: [] as Xml[] };
  const open: { name: string; text: string; children: Xml[] }[] = [root];
  for (const [, close, name, self, text] of source.matchAll(/<(\/?)([A-Za-z][\w.-]*)[^>]*?(\/?)>|([^<]+)/g)) {
    const top = open.at(-1) as (typeof open)[number];
    if (text !== undefined) top.text += unescapeXml(text);
    else if (close) open.pop();
    else {
      const made = { name: name as string, text: '', children: [] };
      top.children.push(made);
      if (!self) open.push(made);
    }
  }
  return root;
}

function unescapeXml(text: string): string {
  const names: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
  return text.replace(/&(#x?[0-9a-f]+|\w+);/gi, (all, name: string) => {
    if (!name.startsWith('#')) return names[name] ?? all;
    return String.fromCodePoint(Number(name[1] === 'x' ? `0${name.slice(1)}` : name.slice(1)));
  });
}

/** Members of every list of this name, wherever it stands. */
function itemsIn(pages: readonly Xml[], name: string): readonly Xml[] {
  return pages.flatMap((page) => {
    const deep = (node: Xml): readonly Xml[] => (node.name === name ? node.children : node.children.flatMap(deep));
    return deep(page);
  });
}

function childrenOf(node: Xml, name: string): readonly Xml[] {
  return node.children.find((child) => child.name === name)?.children ?? [];
}

function textOf(node: Xml, name: string): string {
  return node.children.find((child) => child.name === name)?.text ?? '';
}
