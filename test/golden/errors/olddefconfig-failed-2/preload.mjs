process.env.PATH = `${process.cwd()}/bin`;
