// For a page under a Content-Security-Policy: what the policy refuses, from the first script on.
window.violations = [];
document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample, sourceFile }) => {
  window.violations.push([violatedDirective, blockedURI, sample, sourceFile].join(' '));
});
