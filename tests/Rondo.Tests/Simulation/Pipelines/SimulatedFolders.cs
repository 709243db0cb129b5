using System.Globalization;
using Rondo.Kernel;
using Rondo.Pipelines.Orchestration;
using Rondo.Sdk.Wire;
using Rondo.Tests.Simulation.Scheduling;

namespace Rondo.Tests.Simulation.Pipelines;

/// <summary>The folders of one server's attempts, in memory. They end with the server.</summary>
internal sealed class SimulatedFolders(SimulatedProcess process, ServerPaths paths, Excuses excuses) : AttemptFolders(paths)
{
    private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Run, string Node, long Attempt)> _owners = new(StringComparer.Ordinal);

    public override async Task CreateAsync(StepRequest request)
    {
        if (process.Dead)
        {
            await SimulatedProcess.Never;
        }

        _owners[request.StagingFolder] = (request.RunId, request.NodeId, request.Attempt);
        await Task.Yield();
    }

    public override void Delete(string folder)
    {
        foreach (var file in _files.Keys.Where(f => f.StartsWith(folder + "/", StringComparison.Ordinal)).ToList())
        {
            _files.Remove(file);
        }
    }

    public void Write(string folder, string name, byte[] bytes) => _files[$"{folder}/{name}"] = bytes;

    public byte[] Read(string file) =>
        _files.GetValueOrDefault(file) ?? throw new FileNotFoundException("There is no such file.", file);

    public void Remove(string file) => _files.Remove(file);

    /// <summary>The attempt that the file belongs to may fail: the simulation did something to it.</summary>
    public void Excuse(string file)
    {
        var (run, node, attempt) = _owners[file[..file.LastIndexOf('/')]];
        excuses.Add(run, node, string.Create(CultureInfo.InvariantCulture, $"attempt {attempt} had no luck"));
    }
}

/// <summary>Why nodes may fail that would not fail by themselves.</summary>
internal sealed class Excuses
{
    private readonly Dictionary<(string Run, string Node), List<string>> _of = [];

    /// <summary>Whether anything may fail: bytes were lost or changed.</summary>
    public bool Everybody { get; set; }

    public void Add(string run, string node, string why)
    {
        if (!_of.TryGetValue((run, node), out var known))
        {
            _of.Add((run, node), known = []);
        }

        known.Add(why);
    }

    public bool Has(string run, string node) => Everybody || _of.ContainsKey((run, node));
}
