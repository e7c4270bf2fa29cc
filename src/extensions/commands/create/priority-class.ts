import { defineGenerator } from './generator.ts';

export const createPriorityClassCommand = defineGenerator({
  name: 'priorityclass',
  aliases: ['pc'],
  short: 'Create a priority class with the specified name',
  long: 'Create a priority class: pods of it go before those of a class of lesser value.',
  examples: `
    # A priority class
    $PROGRAM create priorityclass high-priority --value=1000 --description="high priority"

    # For all pods that name none
    $PROGRAM create priorityclass default-priority --value=1000 --global-default=true --description="default priority"

    # One whose pods push no others out
    $PROGRAM create priorityclass high-priority --value=1000 --description="high priority" --preemption-policy="Never"`,
  usage: 'priorityclass NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none]',
  flags: {
    description: { type: 'string', description: 'What the class is for.' },
    'global-default': { type: 'boolean', description: 'Whether pods that name no class are of this one.' },
    'preemption-policy': {
      type: 'string',
      default: 'PreemptLowerPriority',
      description: 'Whether pods of the class may push out others: PreemptLowerPriority or Never.',
    },
    value: { type: 'integer', bits: 32, description: 'How important the pods are; more is more.' },
  },
  type: { group: 'scheduling.k8s.io', version: 'v1', resource: 'priorityclasses', kind: 'PriorityClass', namespaced: false },
  failure: 'failed to create priorityclass: ',
  generate: ({ flags }) => ({
    value: flags.value,
    globalDefault: flags['global-default'],
    description: flags.description,
    preemptionPolicy: flags['preemption-policy'],
  }),
});
