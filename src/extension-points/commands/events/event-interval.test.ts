import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { intervalText } from './event-interval.ts';

const now = Date.parse('2024-01-02T03:10:00Z');

describe('intervalText', () => {
  it('tells when a single event was seen', () =>
    assert.equal(intervalText({ firstTimestamp: '2024-01-02T03:09:30Z', lastTimestamp: '2024-01-02T03:09:30Z', count: 1 }, now), '30s'));
  it('tells how often an event was seen, and since when', () =>
    assert.equal(intervalText({ firstTimestamp: '2024-01-02T03:00:00Z', lastTimestamp: '2024-01-02T03:05:00Z', count: 3 }, now), '5m (x3 over 10m)'));
  it('tells of a series', () =>
    assert.equal(
      intervalText({ eventTime: '2024-01-02T02:10:00.000000Z', series: { count: 7, lastObservedTime: '2024-01-02T03:09:50.000000Z' } }, now),
      '10s (x7 over 60m)',
    ));
  it('knows no time of an event that has none', () => assert.equal(intervalText({}, now), '<unknown>'));
});
