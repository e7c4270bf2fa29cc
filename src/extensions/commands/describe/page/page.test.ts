import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { writeAnnotations, writeLabels } from './multi-line.ts';
import { createPage, nestedPage } from './page.ts';

describe('a page', () => {
  it('lays fields out in columns two blanks apart', () => {
    const page = createPage();
    page.field(0, 'Name', 'web');
    page.field(0, 'Namespace', 'default');
    writeLabels(page, 'Labels', { b: '2', a: '1' });
    assert.equal(page.text(), 'Name:       web\nNamespace:  default\nLabels:     a=1\n            b=2\n');
  });

  it('puts long annotations and those of several lines below their name', () => {
    const page = createPage();
    writeAnnotations(page, 'Annotations', { lines: 'a\nb\n', short: 'x', 'kubectl.kubernetes.io/last-applied-configuration': '{}', long: 'x'.repeat(150) });
    const long = `${'x'.repeat(138)}...`;
    assert.equal(
      page.text(),
      `Annotations:  lines:\n                a\n                b\n              long:\n                ${long}\n              short: x\n`,
    );
  });

  it('indents every piece that is written on a nested page', () => {
    const page = createPage();
    writeLabels(nestedPage(page, 2), 'Labels', undefined);
    assert.equal(page.text(), '    Labels:      <none>\n');
  });

  it('shows what would command a terminal', () => {
    const page = createPage();
    page.field(0, 'Name', '\u001b[1m\r');
    assert.equal(page.text(), 'Name:  ^[[1m\\r\n');
  });
});
