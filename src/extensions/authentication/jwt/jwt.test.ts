import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { SignJWT } from 'jose';
import { authenticatorConformance } from '../../../extension-points/authentication/conformance.ts';
import type { AuthenticationOutcome } from '../../../extension-points/authentication/contract.ts';
import { createExpressionCompiler } from '../../../extension-points/authentication/expression-compiler.ts';
import { startTokenIssuer, type TokenIssuer } from '../../../extension-points/authentication/testing/token-issuer.ts';
import { silentLog } from '../../../kernel/log.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import type { JwtAuthenticatorConfiguration } from './configuration.ts';
import { readAuthenticationConfiguration } from './configuration.ts';
import { createJwtAuthenticator } from './jwt.ts';

const compiler = createExpressionCompiler();
const signal = new AbortController().signal;

describe('JSON Web Tokens of configured issuers', () => {
  let issuer: TokenIssuer;
  const clock = new ManualClock();
  before(async () => void (issuer = await startTokenIssuer()));
  after(() => issuer[Symbol.asyncDispose]());

  type Rest = Partial<Omit<JwtAuthenticatorConfiguration, 'issuer'>> & { issuer?: Partial<JwtAuthenticatorConfiguration['issuer']> };
  async function world({ issuer: more, ...rest }: Rest = {}) {
    const configuration: JwtAuthenticatorConfiguration = {
      claimMappings: { username: { claim: 'sub', prefix: 'oidc:' }, groups: { claim: 'groups', prefix: '' } },
      ...rest,
      issuer: { url: issuer.url, certificateAuthority: issuer.certificateAuthority, audiences: ['api'], ...more },
    };
    const authenticator = createJwtAuthenticator({ configurations: [configuration], compiler, clock, log: silentLog });
    await authenticator.tried;
    return authenticator;
  }
  const token = (claims: Record<string, unknown> = {}, key?: KeyObject): Promise<string> =>
    issuer.sign({ aud: 'api', sub: 'ann', exp: seconds() + 60, ...claims }, key);
  const seconds = (): number => Math.floor(clock.now() / 1_000);
  async function ask(options: Rest, claims: Record<string, unknown> = {}): Promise<AuthenticationOutcome> {
    await using authenticator = await world(options);
    return await authenticator.authenticate({ token: await token(claims), audiences: [] }, signal);
  }
  const reasonOf = (outcome: AuthenticationOutcome): string => (outcome.kind === 'refused' ? outcome.reason : outcome.kind);

  it('are their user, with groups and the id of the token', async () => {
    assert.deepEqual(await ask({}, { groups: ['staff', 'ops'], jti: 'x1' }), {
      kind: 'authenticated',
      user: { name: 'oidc:ann', groups: ['staff', 'ops'], extra: { 'authentication.kubernetes.io/credential-id': ['JTI=x1'] } },
    });
  });

  it('may have one group as a text, and a uid', async () => {
    assert.deepEqual(
      await ask(
        { claimMappings: { username: { claim: 'sub', prefix: '' }, groups: { claim: 'role', prefix: 'r:' }, uid: { claim: 'id' } } },
        { role: 'dev', id: '17' },
      ),
      {
        kind: 'authenticated',
        user: { name: 'ann', uid: '17', groups: ['r:dev'] },
      },
    );
  });

  it('are mapped by expressions', async () => {
    const claimMappings = {
      username: { expression: "claims.email_verified ? claims.email : 'nobody'" },
      groups: { expression: "claims.roles.split(',').map(role, 'x:' + role)" },
      uid: { expression: 'string(claims.number)' },
      extra: [{ key: 'acme.com/tier', valueExpression: "claims.?tier.orValue('')" }],
    };
    assert.deepEqual(await ask({ claimMappings }, { email: 'ann@acme.com', email_verified: true, roles: 'a,b', number: 7, tier: 'gold' }), {
      kind: 'authenticated',
      user: { name: 'ann@acme.com', uid: '7', groups: ['x:a', 'x:b'], extra: { 'acme.com/tier': ['gold'] } },
    });
  });

  it('are one of several audiences', async () => {
    assert.equal((await ask({ issuer: { audiences: ['web', 'api'], audienceMatchPolicy: 'MatchAny' } }, { aud: ['x', 'web'] })).kind, 'authenticated');
  });

  it('are found through a discovery URL', async () => {
    assert.equal((await ask({ issuer: { discoveryURL: `${issuer.url}/elsewhere` } })).kind, 'authenticated');
  });

  it('are verified with keys that came after the first', async () => {
    await using authenticator = await world();
    assert.equal((await authenticator.authenticate({ token: await token(), audiences: [] }, signal)).kind, 'authenticated');
    issuer.rotate();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    assert.equal((await authenticator.authenticate({ token: await token(), audiences: [] }, signal)).kind, 'authenticated');
  });

  const refusals: { name: string; options?: Rest; claims?: Record<string, unknown>; want: RegExp }[] = [
    { name: 'after they expired', claims: { exp: Math.floor(new ManualClock().now() / 1_000) - 1 }, want: /oidc: token is expired/ },
    { name: 'without an expiration', claims: { exp: undefined }, want: /oidc: token is expired/ },
    { name: 'before they are good', claims: { nbf: Math.floor(new ManualClock().now() / 1_000) + 1_000 }, want: /verify token: .*nbf/ },
    { name: 'for another audience', claims: { aud: 'other' }, want: /expected audience in \["api"\] got \["other"\]/ },
    { name: 'without the claim of the name', claims: { sub: undefined }, want: /parse username claims "sub": claim not present/ },
    {
      name: 'with a name that is no text',
      claims: { sub: undefined, n: 1 },
      options: { claimMappings: { username: { claim: 'n', prefix: '' } } },
      want: /cannot unmarshal number into Go value of type string/,
    },
    {
      name: 'with an email that is not verified',
      claims: { email: 'a', email_verified: false },
      options: { claimMappings: { username: { claim: 'email', prefix: '' } } },
      want: /email not verified/,
    },
    {
      name: 'without a required claim',
      options: { claimValidationRules: [{ claim: 'hd', requiredValue: 'acme.com' }] },
      want: /required claim hd not present/,
    },
    {
      name: 'with another value of it',
      claims: { hd: 'x' },
      options: { claimValidationRules: [{ claim: 'hd', requiredValue: 'acme.com' }] },
      want: /Got = x, want = acme.com/,
    },
    {
      name: 'when a rule on claims says no',
      options: { claimValidationRules: [{ expression: 'claims.exp - claims.nbf <= 10', message: 'too long' }] },
      claims: { nbf: Math.floor(new ManualClock().now() / 1_000) },
      want: /validation expression 'claims.exp - claims.nbf <= 10' failed: too long/,
    },
    {
      name: 'when a rule on the user says no',
      options: { userValidationRules: [{ expression: "!user.username.startsWith('oidc:')", message: 'no prefix' }] },
      want: /validation expression .* failed: no prefix/,
    },
    { name: 'when an expression fails', options: { claimMappings: { username: { expression: 'claims.missing' } } }, want: /no such key: missing/ },
    {
      name: 'when an expression gives no name',
      options: { claimMappings: { username: { expression: "''" } } },
      want: /empty username via CEL expression is not allowed/,
    },
  ];
  for (const { name, options = {}, claims, want } of refusals) it(`are refused ${name}`, async () => assert.match(reasonOf(await ask(options, claims)), want));

  it('are refused when somebody else signed them', async () => {
    await using authenticator = await world();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    assert.match(reasonOf(await authenticator.authenticate({ token: await token({}, privateKey), audiences: [] }, signal)), /verify token: /);
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await token()).split('.')[1]}.`;
    assert.match(reasonOf(await authenticator.authenticate({ token: unsigned, audiences: [] }, signal)), /verify token: /);
  });

  it('are refused while the issuer cannot be reached', async () => {
    await using authenticator = await world({ issuer: { certificateAuthority: '' } });
    assert.match(reasonOf(await authenticator.authenticate({ token: await token(), audiences: [] }, signal)), /is not healthy/);
  });

  it("are nobody's when they are of another issuer", async () => {
    await using authenticator = await world();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const foreign = await new SignJWT({ iss: 'https://elsewhere' }).setProtectedHeader({ alg: 'ES256' }).sign(privateKey);
    assert.deepEqual(await authenticator.authenticate({ token: foreign, audiences: [] }, signal), { kind: 'no-opinion' });
  });
});

authenticatorConformance({
  name: 'jwt',
  create: () => createJwtAuthenticator({ configurations: [], compiler, clock: new ManualClock(), log: silentLog }),
  samples: [],
});

describe('an authentication configuration', () => {
  const file = (jwt: string): string => `apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n${jwt}`;
  const issuerText = 'issuer: {url: https://a, audiences: [x]}';
  const mappings = "claimMappings: {username: {claim: sub, prefix: ''}}";
  const one = (text: string): string => file(`jwt:\n- {${text}}`);
  const read = (text: string): unknown => readAuthenticationConfiguration(text, { compiler, disallowedIssuers: ['https://own'] });

  it('may be empty', () => assert.ok(read(file('jwt: []'))));

  const refusals: [string, string, string | RegExp][] = [
    ['a field that is none', file('jwt: []\nmore: 1'), 'strict decoding error: unknown field "more"'],
    ['an issuer without URL', one(`issuer: {audiences: [x]}, ${mappings}`), 'jwt[0].issuer.url: Required value'],
    [
      'a URL without TLS',
      one(`issuer: {url: 'http://a', audiences: [x]}, ${mappings}`),
      'jwt[0].issuer.url: Invalid value: "http://a": URL scheme must be https',
    ],
    [
      'a URL with a password',
      one(`issuer: {url: 'https://a:b@c', audiences: [x]}, ${mappings}`),
      'jwt[0].issuer.url: Invalid value: "https://a:b@c": URL must not contain a username or password',
    ],
    [
      'a URL with a query',
      one(`issuer: {url: 'https://a?b', audiences: [x]}, ${mappings}`),
      'jwt[0].issuer.url: Invalid value: "https://a?b": URL must not contain a query',
    ],
    [
      'the own issuer',
      one(`issuer: {url: 'https://own', audiences: [x]}, ${mappings}`),
      'jwt[0].issuer.url: Invalid value: "https://own": URL must not overlap with disallowed issuers: [https://own]',
    ],
    [
      'a discovery URL that is the URL',
      one(`issuer: {url: 'https://a', discoveryURL: 'https://a/', audiences: [x]}, ${mappings}`),
      'jwt[0].issuer.discoveryURL: Invalid value: "https://a/": discoveryURL must be different from URL',
    ],
    [
      'an issuer without audience',
      one(`issuer: {url: 'https://a'}, ${mappings}`),
      'jwt[0].issuer.audiences: Required value: at least one jwt[0].issuer.audiences is required',
    ],
    [
      'several audiences without a policy',
      one(`issuer: {url: 'https://a', audiences: [x, z]}, ${mappings}`),
      'jwt[0].issuer.audienceMatchPolicy: Invalid value: "": audienceMatchPolicy must be MatchAny for multiple audiences',
    ],
    [
      'an audience twice',
      one(`issuer: {url: 'https://a', audiences: [x, x], audienceMatchPolicy: MatchAny}, ${mappings}`),
      'jwt[0].issuer.audiences[1]: Duplicate value: "x"',
    ],
    [
      'an authority that is none',
      one(`issuer: {url: 'https://a', audiences: [x], certificateAuthority: nonsense}, ${mappings}`),
      'jwt[0].issuer.certificateAuthority: Invalid value: "<omitted>": data does not contain any valid RSA or ECDSA certificates',
    ],
    ['no name', one(issuerText), 'jwt[0].claimMappings.username: Required value: claim or expression is required'],
    [
      'a claim without prefix',
      one(`${issuerText}, claimMappings: {username: {claim: sub}}`),
      'jwt[0].claimMappings.username.prefix: Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing',
    ],
    [
      'a claim and an expression',
      one(`${issuerText}, claimMappings: {username: {claim: sub, expression: claims.sub, prefix: ''}}`),
      'jwt[0].claimMappings.username: Invalid value: "": claim and expression can\'t both be set',
    ],
    [
      'an expression with a prefix',
      one(`${issuerText}, claimMappings: {username: {expression: claims.sub, prefix: a}}`),
      'jwt[0].claimMappings.username.prefix: Invalid value: "a": may not be specified when expression is set',
    ],
    [
      'an expression that is none',
      one(`${issuerText}, claimMappings: {username: {expression: 'claims.'}}`),
      /^jwt\[0\]\.claimMappings\.username\.expression: Invalid value: "claims\.": compilation failed: ERROR: <input>:1:8/,
    ],
    [
      'a rule of another type',
      one(`${issuerText}, ${mappings}, claimValidationRules: [{expression: "'a'"}]`),
      'jwt[0].claimValidationRules[0].expression: Invalid value: "\'a\'": must evaluate to bool',
    ],
    [
      'an email that nobody verifies',
      one(`${issuerText}, claimMappings: {username: {expression: claims.email}}`),
      /claims\.email_verified must be used in claimMappings\.username\.expression or/,
    ],
    [
      'a key without domain',
      one(`${issuerText}, claimMappings: {username: {claim: sub, prefix: ''}, extra: [{key: foo, valueExpression: "'a'"}]}`),
      'jwt[0].claimMappings.extra[0].key: Invalid value: "foo": must be a domain-prefixed path (such as "acme.io/foo")',
    ],
    [
      'a key of Kubernetes',
      one(`${issuerText}, claimMappings: {username: {claim: sub, prefix: ''}, extra: [{key: a.k8s.io/foo, valueExpression: "'a'"}]}`),
      'jwt[0].claimMappings.extra[0].key: Invalid value: "a.k8s.io/foo": k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use',
    ],
    [
      'a rule without claim',
      one(`${issuerText}, ${mappings}, claimValidationRules: [{message: a}]`),
      'jwt[0].claimValidationRules[0]: Required value: claim or expression is required',
    ],
    [
      'a rule on a claim with a message',
      one(`${issuerText}, ${mappings}, claimValidationRules: [{claim: a, message: b}]`),
      'jwt[0].claimValidationRules[0].message: Invalid value: "b": may not be specified when claim is set',
    ],
    [
      'a rule on the user that is none',
      one(`${issuerText}, ${mappings}, userValidationRules: [{expression: user.name}]`),
      /userValidationRules\[0\]\.expression: Invalid value: "user\.name": compilation failed: ERROR: <input>:1:5: undefined field 'name'/,
    ],
    ['an issuer twice', file(`jwt:\n- {${issuerText}, ${mappings}}\n- {${issuerText}, ${mappings}}`), 'jwt[1].issuer.url: Duplicate value: "https://a"'],
    [
      'conditions for nobody',
      file('anonymous: {enabled: false, conditions: [{path: /livez}]}'),
      'anonymous.conditions: Invalid value: [{"path":"/livez"}]: enabled should be set to true when conditions are defined',
    ],
  ];
  for (const [name, text, want] of refusals) it(`with ${name} is refused`, () => assert.throws(() => read(text), { message: want }));
});
