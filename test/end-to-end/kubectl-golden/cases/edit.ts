import type { DetailedCase, GoldenCase } from '../golden-case.ts';
import { withoutIdentity } from './apply.ts';

const clear = [['-n', 'empty', 'delete', 'configmap/edited', 'configmap/edited2', '--ignore-not-found']] as const;
const make = (name: string) => ['-n', 'empty', 'create', 'configmap', name, '--from-literal=a=b', '--save-config'] as const;
const tidy = (text: string): string =>
  withoutIdentity(text)
    .replace(/"\/tmp\/[^"]*"/g, '"FILE"')
    .replace(/-f \/tmp\/\S+`/g, '-f FILE`');
const edit = (args: readonly string[], editor: string, more: Partial<DetailedCase> = {}): DetailedCase => ({
  args: ['-n', 'empty', ...args],
  before: [...clear, make('edited'), make('edited2')],
  after: clear,
  environment: { KUBE_EDITOR: editor },
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
  edit(['edit', 'cm/edited'], 'sed -i d'),
  edit(['edit', 'cm/edited'], 'sed -i s/a:.b/a:\\x20c/'),
  edit(['edit', 'cm/edited', '-o', 'json'], 'sed -i s/"b"/"c"/'),
  edit(['edit', 'cm/edited', '-o', 'name'], 'sed -i s/^data:/data:\\n\\x20\\x20c:\\x20d/'),
  edit(['edit', 'cm/edited', '-o', 'yaml'], 'sed -i s/^data:/data:\\n\\x20\\x20c:\\x20d/'),
  edit(['edit', 'cm/edited', '--output-patch'], 'sed -i s/^data:/data:\\n\\x20\\x20c:\\x20d/'),
  edit(['edit', 'cm/edited', '--save-config', '-o', 'yaml'], 'sed -i s/^data:/data:\\n\\x20\\x20c:\\x20d/'),
  edit(['edit', 'cm', 'edited', 'edited2'], 'sed -i s/name:.edited2/name:\\x20edited2\\n\\x20\\x20\\x20\\x20labels:\\x20{x:\\x20y}/'),
  edit(['edit', 'cm/edited'], 'sed -i s/name:.edited/name:\\x20other/'),
  edit(['edit', 'cm/edited'], 'sed -i s/^kind:.*/kind:/'),
  edit(['edit', 'cm/edited'], 'sed -i s/^data:/data:\\n\\x20\\x20Not_/valid:\\x20d/'),
  edit(['edit', 'cm/edited', '--windows-line-endings'], 'sed -i s/^data:/data:\\n\\x20\\x20c:\\x20d/'),
  edit(['apply', 'edit-last-applied', 'cm/edited'], 'true'),
  edit(['apply', 'edit-last-applied', 'cm/edited'], 'sed -i s/^data:/data:\\n\\x20\\x20c:\\x20d/'),
  edit(['apply', 'edit-last-applied', 'cm/kube-root-ca.crt'], 'true'),
];
