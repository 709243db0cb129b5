using Rondo.Kernel;
using Rondo.Pipelines.Orchestration;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Simulation.Pipelines;

/// <summary>The folders of one server's attempts, in memory. They end with the server.</summary>
internal sealed class SimulatedFolders(ServerPaths paths, ServerIncarnation self, Excuses excuses)
    : AttemptFolders(paths, self)
{
    private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StepRequest> _owners = new(StringComparer.Ordinal);

    public override Task CreateAsync(StepRequest request) => Task.CompletedTask;

    public override void GiveBack(string folder) => Delete(folder);

    public override void Delete(string folder)
    {
        foreach (var file in _files.Keys.Where(f => f.StartsWith(folder + "/", StringComparison.Ordinal)).ToList())
        {
            _files.Remove(file);
        }
    }

    public void Write(StepRequest owner, string name, byte[] bytes)
    {
        _owners[owner.StagingFolder] = owner;
        _files[$"{owner.StagingFolder}/{name}"] = bytes;
    }

    public byte[] Read(string file) =>
        _files.GetValueOrDefault(file) ?? throw new FileNotFoundException("There is no such file.", file);

    public void Remove(string file) => _files.Remove(file);

    /// <summary>The attempt that the file belongs to may fail: the simulation did something to it.</summary>
    public void Excuse(string file)
    {
        var owner = _owners[file[..file.LastIndexOf('/')]];
        excuses.Add(owner.RunId, owner.NodeId);
    }
}

/// <summary>Nodes that may fail though they would not by themselves.</summary>
internal sealed class Excuses
{
    private readonly HashSet<(string Run, string Node)> _of = [];

    /// <summary>Whether anything may fail: bytes were lost or changed.</summary>
    public bool Everybody { get; set; }

    public void Add(string run, string node) => _of.Add((run, node));

    public bool Has(string run, string node) => Everybody || _of.Contains((run, node));
}
