process.env.PATH = '/nowhere';
