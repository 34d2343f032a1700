// Imported first: the AWS SDK warns of old versions of Node when its first client is created.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
