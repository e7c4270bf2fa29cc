import { defineGenerator } from './generator.ts';

export const createCronJobCommand = defineGenerator({
  name: 'cronjob',
  aliases: ['cj'],
  short: 'Create a cron job with the specified name',
  examples: `
    # A cron job
    $PROGRAM create cronjob my-job --image=busybox --schedule="*/1 * * * *"

    # With a command
    $PROGRAM create cronjob my-job --image=busybox --schedule="*/1 * * * *" -- date`,
  usage: "cronjob NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...]",
  flags: {
    image: { type: 'string', description: 'The image to run.' },
    restart: { type: 'string', description: "The restart policy of the job's pods: OnFailure or Never." },
    schedule: { type: 'string', description: 'When the job runs, in the form of cron.' },
  },
  required: ['image', 'schedule'],
  type: { group: 'batch', version: 'v1', resource: 'cronjobs', kind: 'CronJob', namespaced: true },
  failure: 'failed to create cronjob: ',
  generate({ args, flags }, name) {
    const containers = [{ name, image: flags.image, command: args.slice(1) }];
    const template = { spec: { containers, restartPolicy: flags.restart === '' ? 'OnFailure' : flags.restart } };
    return { spec: { schedule: flags.schedule, jobTemplate: { metadata: { name }, spec: { template } } } };
  },
});
