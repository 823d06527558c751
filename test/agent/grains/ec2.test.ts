/** The grain `ec2`, from a metadata service on loopback that asks for its token as IMDSv2 does. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { readGrains } from '../../../agent/grains/core.ts';
import { readEc2 } from '../../../agent/grains/ec2.ts';
import { toPlain } from '../../../core/value.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const PAGES: Readonly<Record<string, string>> = {
  'dynamic/instance-identity/document': JSON.stringify({
    accountId: '111122223333',
    architecture: 'x86_64',
    availabilityZone: 'eu-central-1a',
    imageId: 'ami-1',
    instanceId: 'i-0abc',
    instanceType: 't3.small',
    privateIp: '10.0.0.7',
    region: 'eu-central-1',
    ramdiskId: null,
  }),
  'meta-data/local-hostname': 'ip-10-0-0-7.ec2.internal',
  'meta-data/instance-life-cycle': 'spot',
  'meta-data/tags/instance': 'Name\nteam of two',
  'meta-data/tags/instance/Name': 'web1',
  'meta-data/tags/instance/team%20of%20two': 'blue',
  'meta-data/iam/security-credentials/role': 'SECRET',
};

async function serve(pages: Readonly<Record<string, string>>, { tokens = true } = {}) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace('/latest/', '');
    asked.push(`${request.method} ${path}`);
    if (request.method === 'PUT' && path === 'api/token' && tokens) return response.end('t0k3n');
    const page = request.headers['x-aws-ec2-metadata-token'] === 't0k3n' ? pages[path] : undefined;
    response.statusCode = page === undefined ? (request.headers['x-aws-ec2-metadata-token'] ? 404 : 401) : 200;
    response.end(page ?? 'no');
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return { env: { AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${port}` }, asked };
}

it('says what the instance is, with its tags and without its credentials', async () => {
  const { env, asked } = await serve(PAGES);
  expect(toPlain(await readEc2(env))).toEqual({
    instance_id: 'i-0abc',
    instance_type: 't3.small',
    image_id: 'ami-1',
    region: 'eu-central-1',
    availability_zone: 'eu-central-1a',
    account_id: '111122223333',
    architecture: 'x86_64',
    private_ip: '10.0.0.7',
    hostname: 'ip-10-0-0-7.ec2.internal',
    life_cycle: 'spot',
    tags: { Name: 'web1', 'team of two': 'blue' },
  });
  expect(asked[0]).toBe('PUT api/token');
  expect(asked.join('\n')).not.toContain('credentials');
});

it.each([
  ['no tokens', PAGES, { tokens: false }, /gave no token \(HTTP 401\)/],
  ['no document', {}, {}, /no identity document/],
  ['a document that is none', { 'dynamic/instance-identity/document': '<html>' }, {}, /JSON/],
] as const)('%s is a problem, and the other grains are there', async (_name, pages, options, expected) => {
  const { env } = await serve(pages, options);
  const problems: string[] = [];
  const read = { id: 'web1', env: { ...process.env, ...env }, ec2: true };
  const grains = await readGrains({ ...read, problem: (source, error) => problems.push(`${source}: ${error}`) });
  expect(problems).toEqual([expect.stringMatching(expected)]);
  expect([grains.has('ec2'), grains.get('id')]).toEqual([false, 'web1']);
});
