import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nodeTable } from './top-node-command.ts';
import { podTable } from './top-pod-command.ts';

const flags = { 'no-headers': false, selector: '', 'show-swap': false, 'sort-by': '', 'use-protocol-buffers': true };

describe('top', () => {
  it('shows what nodes use, and those without metrics last', () => {
    const node = (name: string) => ({ metadata: { name }, spec: {}, status: { allocatable: { cpu: '4', memory: '8Gi' } } });
    const metrics = [{ metadata: { name: 'a' }, usage: { cpu: '250m', memory: '1Gi' } }];
    const table = nodeTable(metrics, [node('b'), node('a')], { ...flags, 'show-capacity': false });
    assert.equal(
      table,
      [
        'NAME   CPU(cores)   CPU(%)      MEMORY(bytes)   MEMORY(%)   \n',
        'a      250m         6%          1024Mi          12%         \n',
        'b      <unknown>    <unknown>   <unknown>       <unknown>   \n',
      ].join(''),
    );
  });

  it('shows what pods use, and the sum', () => {
    const pod = (name: string, cpu: string) => ({ metadata: { name, namespace: 'n' }, containers: [{ name: 'c', usage: { cpu, memory: '10Mi' } }] });
    const table = podTable([pod('a', '1m'), pod('b', '2m')], {
      ...flags,
      'all-namespaces': false,
      containers: false,
      'field-selector': '',
      sum: true,
      'sort-by': 'cpu',
    });
    assert.equal(
      table,
      [
        'NAME   CPU(cores)   MEMORY(bytes)   \n',
        'b      2m           10Mi            \n',
        'a      1m           10Mi            \n',
        '       ________     ________        \n',
        '       3m           20Mi            \n',
      ].join(''),
    );
  });
});
