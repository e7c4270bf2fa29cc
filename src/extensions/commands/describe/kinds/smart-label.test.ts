import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { smartLabel } from './smart-label.ts';

describe('smartLabel', () => {
  const cases: Readonly<Record<string, string>> = {
    apiVersion: 'API Version',
    uid: 'UID',
    matchLabels: 'Match Labels',
    podIPs: 'Pod I Ps',
    clusterIP: 'Cluster IP',
    'a-b': 'A - B',
    'x.y/z': 'x.y/z',
    leaseDurationSeconds: 'Lease Duration Seconds',
    URLPath: 'URLPath',
  };
  for (const [name, label] of Object.entries(cases)) it(`makes ${label} of ${name}`, () => assert.equal(smartLabel(name), label));
});
