import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { choose, negotiate, negotiateWatch, offer, plainJson, type Representation } from './negotiate.ts';

const builtIn = offer({ protobuf: true, table: true, metadata: true });
const custom = offer({ protobuf: false, table: true, metadata: true });
const status = offer({ protobuf: true, table: false, metadata: false });

const brief = ({ encoding, form, version, isPretty }: Representation): string => [encoding, form, version, isPretty ? 'pretty' : ''].filter(Boolean).join(' ');
const protobuf = 'application/vnd.kubernetes.protobuf';
const metadata = (type: string, kind = 'PartialObjectMetadata'): string => `${type};as=${kind};g=meta.k8s.io;v=v1`;
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

const cases = [
  { accept: undefined, want: 'json whole' },
  { accept: '', want: 'json whole' },
  { accept: '*/*', want: 'json whole' },
  { accept: 'application/*', want: 'json whole' },
  { accept: 'application/json; charset=utf-8', want: 'json whole' },
  { accept: 'application/json;pretty=1', want: 'json whole pretty' },
  { accept: 'application/yaml', want: 'yaml whole' },
  { accept: protobuf, want: 'protobuf whole' },
  { accept: `${protobuf},application/json`, want: 'protobuf whole' },
  { accept: `${protobuf},application/json`, offered: custom, want: 'json whole' },
  { accept: `application/json;q=0.5,${protobuf}`, want: 'protobuf whole' },
  { accept: '*/*;q=0.8,application/yaml', want: 'yaml whole' },
  { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', want: 'json whole' },
  { accept: 'text/html, *', want: 'json whole' },
  { accept: table, want: 'json table v1' },
  { accept: table, offered: status, want: 'json whole' },
  { accept: 'application/json;as=Table;v=v1beta1;g=meta.k8s.io', want: 'json table v1beta1' },
  { accept: 'application/yaml;as=Table;v=v1;g=meta.k8s.io', want: 'yaml table v1' },
  { accept: `${protobuf};as=Table;v=v1;g=meta.k8s.io,application/json`, want: 'json whole' },
  { accept: 'application/json;as=Table;v=v2;g=meta.k8s.io,application/yaml', want: 'yaml whole' },
  { accept: 'application/json;g=meta.k8s.io,application/yaml', want: 'yaml whole' },
  { accept: metadata(protobuf), want: 'protobuf metadata v1' },
  { accept: metadata(protobuf), offered: custom, want: 'protobuf metadata v1' },
  { accept: metadata('application/json', 'PartialObjectMetadataList'), want: 'json metadata-list v1' },
  { accept: 'application/json;stream=watch', want: 'json whole' },
  { accept: 'application/yaml;stream=watch,application/json', want: 'json whole' },
  { accept: 'application/json;q=nonsense', want: 'json whole' },
  { accept: 'application/cbor,application/json', want: 'json whole' },
];

const refusals = [
  { accept: 'text/html' },
  { accept: 'application/cbor' },
  { accept: 'application' },
  { accept: protobuf, offered: custom },
  { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io', offered: status },
  { accept: 'application/json;as=Other;v=v1;g=meta.k8s.io' },
  { accept: 'application/json;stream=other' },
];

describe('negotiation', () => {
  for (const { accept, offered = builtIn, want } of cases) {
    it(`answers ${JSON.stringify(accept)} with ${want}${offered === builtIn ? '' : ', where less is offered'}`, () => {
      assert.equal(brief(negotiate(accept, offered)), want);
      assert.equal(brief(negotiate(accept, offered)), want);
    });
  }

  for (const { accept, offered = builtIn } of refusals) {
    it(`refuses ${JSON.stringify(accept)}${offered === builtIn ? '' : ' where it is not offered'}`, () => {
      assert.throws(() => negotiate(accept, offered), {
        code: 406,
        reason: 'NotAcceptable',
        message: 'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
      });
    });
  }

  it('knows plain JSON by identity, however it was asked for', () => {
    for (const accept of [
      undefined,
      '*/*',
      'application/json, */*',
      'application/json;charset=utf-8',
      `${protobuf};as=Table;g=meta.k8s.io;v=v1,application/json`,
    ])
      assert.equal(negotiate(accept, builtIn), plainJson);
  });

  it('has no YAML watches', () => {
    assert.equal(brief(negotiateWatch(`${protobuf};stream=watch`, builtIn)), 'protobuf whole');
    assert.throws(() => negotiateWatch('application/yaml', builtIn), {
      code: 406,
      message: 'only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
    });
  });

  it('remembers a bounded number of headers', () => {
    for (let index = 0; index < 1_000; index++) choose(`application/json;x=${index}`, builtIn);
    assert.ok(builtIn.choices.size <= 256);
  });

  it('reads so much of a long header', () => {
    assert.equal(choose(`${'text/x,'.repeat(100_000)}application/json`, builtIn), undefined);
  });
});
