return await RondoProject.TheSystem.Declare(args).RunAsync();
