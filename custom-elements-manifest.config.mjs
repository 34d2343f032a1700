import { customElementJetBrainsPlugin } from 'custom-element-jet-brains-integration';
import { customElementVsCodePlugin } from 'custom-element-vs-code-integration';

export default {
  globs: ['widget/element/*.ts', 'widget/define.ts'],
  outdir: 'dist',
  litelement: true,
  plugins: [
    {
      name: 'documented-events',
      packageLinkPhase: ({ customElementsManifest }) => keepDocumented(customElementsManifest),
    },
    customElementVsCodePlugin({ outdir: 'dist', cssFileName: null }),
    customElementJetBrainsPlugin({ outdir: 'dist', packageJson: false, excludeCss: true }),
  ],
};

/** The analyzer takes a relayed event for one that is called by the variable that holds its name. */
function keepDocumented({ modules }) {
  for (const { declarations } of modules) {
    for (const declaration of declarations) {
      if (declaration.events) declaration.events = declaration.events.filter(({ description }) => description);
    }
  }
}
