import { labelSelectorObject } from '../../../extension-points/commands/changes/label-selector-object.ts';
import { defineGenerator } from './generator.ts';
import { integerOrText } from './integer-or-text.ts';

const amount = /^[0-9]+%?$/;

export const createPodDisruptionBudgetCommand = defineGenerator({
  name: 'poddisruptionbudget',
  aliases: ['pdb'],
  short: 'Create a pod disruption budget with the specified name',
  long: 'Create a pod disruption budget: how many of the pods with certain labels must be left when some are to be taken away.',
  examples: `
    # At least one of the pods with this label
    $PROGRAM create poddisruptionbudget my-pdb --selector=app=rails --min-available=1

    # At least half of them
    $PROGRAM create pdb my-pdb --selector=app=nginx --min-available=50%`,
  usage: 'poddisruptionbudget NAME --selector=SELECTOR --min-available=N [--dry-run=server|client|none]',
  flags: {
    'max-unavailable': { type: 'string', description: 'How many pods may be missing: a number, or a percentage.' },
    'min-available': { type: 'string', description: 'How many pods must be left: a number, or a percentage.' },
    selector: { type: 'string', description: 'The labels of the pods: KEY=VALUE.' },
  },
  type: { group: 'policy', version: 'v1', resource: 'poddisruptionbudgets', kind: 'PodDisruptionBudget', namespaced: true },
  failure: 'failed to create poddisruptionbudgets: ',
  generate({ flags }, name) {
    const [least, most] = [flags['min-available'], flags['max-unavailable']];
    if (name === '') throw new Error('name must be specified');
    if (flags.selector === '') throw new Error('a selector must be specified');
    if (least === '' && most === '') throw new Error('one of min-available or max-unavailable must be specified');
    if (least !== '' && most !== '') throw new Error('min-available and max-unavailable cannot be both specified');
    if (least !== '' && !amount.test(least)) throw new Error('invalid format specified for min-available');
    if (most !== '' && !amount.test(most)) throw new Error('invalid format specified for max-unavailable');
    const limit = least === '' ? { maxUnavailable: integerOrText(most) } : { minAvailable: integerOrText(least) };
    return { spec: { ...limit, selector: labelSelectorObject(flags.selector) } };
  },
});
