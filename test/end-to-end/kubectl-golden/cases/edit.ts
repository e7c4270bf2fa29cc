import type { DetailedCase, GoldenCase } from '../golden-case.ts';
import { withoutIdentity } from './apply.ts';

const clear = [['-n', 'empty', 'delete', 'configmap/edited', 'configmap/edited2', '--ignore-not-found']] as const;
const make = (name: string) => ['-n', 'empty', 'create', 'configmap', name, '--from-literal=a=b', '--save-config'] as const;
const tidy = (text: string): string =>
  withoutIdentity(text)
    .replace(/"[^"\s]*kubectl-edit-[^"\s]*"/g, '"FILE"')
    .replace(/-f \S*kubectl-edit-\S+`/g, '-f FILE`');
const edit = (args: readonly string[], editor: string, more: Partial<DetailedCase> = {}): DetailedCase => ({
  args: ['-n', 'empty', ...args],
  before: [...clear, make('edited'), make('edited2')],
  after: clear,
  // What cannot be saved stays in files: in the folder of the test.
  environment: { KUBE_EDITOR: editor, TMPDIR: '.' },
  normalize: tidy,
  ...more,
});

export const editCases: readonly GoldenCase[] = [
  ['edit'],
  ['edit', 'cm', 'nope', '-n', 'empty'],
  ['edit', 'foo', 'bar'],
  ['edit', '-f', 'nope.yaml'],
  edit(['edit', 'cm/edited'], 'true'),
  edit(['edit', 'cm/edited'], 'false'),
  edit(['edit', 'cm/edited'], 'no-such-editor'),
  edit(['edit', 'cm/edited'], 'no-such-editor -x'),
  edit(['edit', 'cm/edited'], "sh -c 'exit 3' --"),
  edit(['edit', 'cm/edited', '-o', 'name'], 'true'),
  edit(['edit', 'cm/edited'], 'sh edit-stale.sh'),
  edit(['edit', 'cm', 'edited', 'edited2'], 'sh edit-both.sh'),
  edit(['edit', 'cm/edited', '--validate=warn'], 'sh edit-unknown.sh'),
  edit(['create', '-f', 'anchors.yaml', '--edit'], 'sh edit-add.sh', { after: [...clear, ['-n', 'empty', 'delete', 'cm/applied']] }),
  edit(['create', '-f', 'anchors.yaml', '--edit'], 'sh edit-unknown.sh', { before: clear }),
  edit(['edit', 'cm/edited'], 'sed -i d'),
  edit(['edit', 'cm/edited'], 'sh edit-add.sh'),
  edit(['edit', 'cm/edited', '-o', 'yaml'], 'sh edit-add.sh'),
  edit(['edit', 'cm/edited', '--output-patch'], 'sh edit-add.sh'),
  edit(['edit', 'cm/edited', '--save-config'], 'sh edit-add.sh'),
  edit(['edit', 'cm/edited', '--windows-line-endings'], 'sh edit-add.sh'),
  edit(['edit', 'cm', 'edited', 'edited2'], 'sh edit-second.sh'),
  edit(['edit', 'cm/edited'], 'sh edit-rename.sh'),
  edit(['edit', 'cm/edited'], 'sh edit-invalid.sh'),
  edit(['edit', 'cm/edited'], 'sh edit-kindless.sh'),
  edit(['apply', 'edit-last-applied', 'cm/edited'], 'true'),
  edit(['apply', 'edit-last-applied', 'cm/edited', '-o', 'json'], 'true'),
  edit(['apply', 'edit-last-applied', 'cm/kube-root-ca.crt'], 'true'),
];
