using System.Net.Http.Json;
using Rondo.Kernel;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;
using Rondo.Registry;
using Rondo.Registry.Governance;

namespace Rondo.Benchmarks;

/// <summary>Puts trained models into a server's data folder before it starts, as runs would have, and endpoints on them once it has.</summary>
internal static class PreparedFolder
{
    private const string Project = "bench";

    /// <summary>Registers version 1 of a linear model and of boosted trees; returns the model, which knows what a request looks like.</summary>
    public static async Task<BenchModel> FillAsync(string folder)
    {
        var time = TimeProvider.System;
        var paths = new ServerPaths(folder, folder);
        await using var database = SqliteDatabase.Open(paths.DatabaseFile);
        await Migrations.ApplyAsync(database, [KernelModule.Schema, RegistryModule.Schema], time);
        var blobs = new FolderBlobStore(paths.BlobsFolder);
        var log = new EventLog(database, new IdSource(time), time);
        var registry = new ModelRegistry(database, new ModelGovernance(database, log, time), log, time);
        var model = new BenchModel(folder);
        foreach (var (name, trees) in new[] { ("linear", false), ("trees", true) })
        {
            var proposal = await model.ProposeAsync(name, trees, blobs);
            var origin = new ModelOrigin(
                Project,
                "production",
                "run-" + name,
                "train",
                "c0ffee",
                "package",
                null,
                "proposal",
                Actor.Local,
                null
            );
            await database.WriteAsync(transaction => registry.RegisterAsync(transaction, origin, proposal).AsTask());
        }

        return model;
    }

    /// <summary>Makes an endpoint of each model, pinned to the version, named like the model.</summary>
    public static async Task DeployAsync(Uri server)
    {
        using var http = new HttpClient { BaseAddress = server };
        await PostAsync(http, "/api/v1/projects", new { name = Project });
        foreach (var model in new[] { "linear", "trees" })
        {
            await PostAsync(
                http,
                "/api/v1/endpoints",
                new
                {
                    name = model,
                    project = Project,
                    model,
                    version = 1,
                }
            );
        }
    }

    private static async Task PostAsync(HttpClient http, string path, object body)
    {
        using var answer = await http.PostAsJsonAsync(path, body);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{path}: {await answer.Content.ReadAsStringAsync()}");
        }
    }
}
