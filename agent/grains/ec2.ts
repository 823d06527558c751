/** The grain `ec2`, from the instance's metadata service (IMDSv2 alone); off unless `ec2: true` is in the settings. Never its credentials. */
import { Dict, fromPlain } from '../../core/value.ts';

const BASE = 'http://169.254.169.254';
const PATIENCE = 2000;
const LIMIT = 16_384;
const FIELDS: Readonly<Record<string, string>> = {
  instance_id: 'instanceId',
  instance_type: 'instanceType',
  image_id: 'imageId',
  region: 'region',
  availability_zone: 'availabilityZone',
  account_id: 'accountId',
  architecture: 'architecture',
  private_ip: 'privateIp',
};

/** Throws where nobody answers, or no service of that version. */
export async function readEc2(env: Readonly<Record<string, string | undefined>>): Promise<Dict> {
  const base = (env.AWS_EC2_METADATA_SERVICE_ENDPOINT ?? BASE).replace(/\/$/, '');
  const asked = (path: string, init: RequestInit = {}) =>
    fetch(`${base}/latest/${path}`, { ...init, redirect: 'error', signal: AbortSignal.timeout(PATIENCE) });
  const opened = await asked('api/token', { method: 'PUT', headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '60' } });
  if (!opened.ok) throw new Error(`the metadata service gave no token (HTTP ${opened.status})`);
  const headers = { 'x-aws-ec2-metadata-token': await opened.text() };
  /** null where there is no such thing: an instance without tags, or without a public address. */
  const get = async (path: string) => {
    const response = await asked(path, { headers });
    const text = response.ok ? (await response.text()).slice(0, LIMIT) : null;
    return text;
  };
  const document = JSON.parse((await get('dynamic/instance-identity/document')) ?? 'null') as Record<string, unknown> | null;
  if (document === null) throw new Error('the metadata service has no identity document');
  const grain = Dict.from(
    Object.entries(FIELDS).flatMap(([name, key]) => (typeof document[key] === 'string' ? [[name, document[key]] as const] : [])),
  );
  for (const [name, path] of [
    ['hostname', 'local-hostname'],
    ['public_ip', 'public-ipv4'],
    ['life_cycle', 'instance-life-cycle'],
  ] as const) {
    const text = await get(`meta-data/${path}`);
    if (text) grain.set(name, text);
  }
  const names = ((await get('meta-data/tags/instance')) ?? '').split('\n').filter((name) => name !== '');
  const tags = await Promise.all(
    names.map(async (name) => [name, await get(`meta-data/tags/instance/${encodeURIComponent(name)}`)]),
  );
  return names.length > 0 ? grain.set('tags', fromPlain(Object.fromEntries(tags))) : grain;
}
