import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubernetesObject } from '../../api/object.ts';
import { WrittenVersions } from './written-versions.ts';

const at = (resourceVersion: string, name = 'one'): KubernetesObject => ({ metadata: { namespace: 'a', name, resourceVersion } });

describe('WrittenVersions', () => {
  it('calls a view stale until it shows what was written', () => {
    const versions = new WrittenVersions();
    assert.equal(versions.isStale(at('8')), false);
    versions.wrote(at('10'));
    assert.deepEqual(
      ['8', '9', '10', '11', '100'].map((version) => versions.isStale(at(version))),
      [true, true, false, false, false],
    );
    assert.equal(versions.isStale(at('1', 'another')), false);
    versions.forget('a/one');
    assert.equal(versions.isStale(at('8')), false);
  });
});
