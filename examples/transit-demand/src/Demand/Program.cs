return await TransitDemand.TransitSystem.Declare(args).RunAsync();
