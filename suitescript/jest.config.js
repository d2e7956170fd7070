const Configuration = require('@oracle/suitecloud-unit-testing/jest-configuration/SuiteCloudJestConfiguration');

module.exports = Configuration.build({
    projectFolder: 'src',
    projectType: Configuration.ProjectType.ACP,
    // Oracle's stubs lack this module.
    customStubs: [{ module: 'N/crypto/random', path: '<rootDir>/netsuite/random.js' }],
});
