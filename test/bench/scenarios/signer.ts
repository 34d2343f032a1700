import type { Scenario } from '../scenario.ts';
import { measureRounds, type SigningWay } from '../sign-rates.ts';

const WAYS: readonly [way: SigningWay, label: string][] = [
  ['bare', 'createPresignedPost in a loop'],
  ['granted', 'grants of the signer'],
  ['called', 'POST /sign as a whole'],
];

export const signer: Scenario = {
  name: 'signer',
  title: 'The signer',
  hasPeers: false,
  about: () => [
    'Signatures for each second of CPU time, in Node and without a network. _Grants_ are what the signer does for each file: ' +
      'checks, a key, a policy and its signature. _POST /sign_ is the whole request of 100 files: JSON, its schema, grants, a ' +
      'ticket for each file, and the response. The floor is `createPresignedPost` of the AWS SDK in a bare loop, with the same ' +
      'fields.',
  ],
  async run({ options }) {
    const { isQuick, rounds = isQuick ? 2 : 9 } = options;
    const rates = await measureRounds({ rounds, batches: isQuick ? 5 : 20 });
    return {
      measures: [
        {
          name: 'rate',
          title: 'Signatures for each second of CPU time, compared with createPresignedPost',
          unit: '×',
          goal: 1,
          goalFor: 'grants of the signer',
          better: 'more',
          isCharted: true,
          figures: WAYS.map(([way, uploader]) => ({
            uploader,
            ...(way !== 'bare' && { isOurs: true }),
            values: rates[way].map((rate, round) => rate / rates.bare[round]!),
          })),
        },
        {
          name: 'signatures',
          title: 'Signatures for each second of CPU time',
          unit: 'a second',
          better: 'more',
          figures: WAYS.map(([way, uploader]) => ({
            uploader,
            ...(way !== 'bare' && { isOurs: true }),
            values: rates[way],
          })),
        },
      ],
    };
  },
};
