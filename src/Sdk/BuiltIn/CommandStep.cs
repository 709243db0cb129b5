using Rondo.Data;
using Rondo.Sdk.BuiltIn;

namespace Rondo.Sdk;

/// <summary>A step in another language while it is declared.</summary>
public sealed class CommandStep : NodeRef
{
    private static readonly string[] ReservedFiles = [".", "..", CommandRun.ManifestName, CommandRun.MetricsName];

    private readonly StepNode _node;
    private readonly CommandCode _code;
    private readonly List<CommandInput> _inputs = [];
    private readonly List<CommandOutput> _outputs = [];

    internal CommandStep(Graph graph, string command)
        : this(graph, CommandCode.Parse(graph, command)) { }

    private CommandStep(Graph graph, CommandCode code)
        : base(graph.AddCommand(code.Name))
    {
        _code = code;
        _node = Node;
        _node.CodeText = _code.Identity;
        _node.Runs(call => new CommandRun(_code, _inputs, _outputs, call).RunAsync());
    }

    /// <summary>Gives an input as a file. A table is written as CSV if the name ends in <c>.csv</c>, else as Parquet.</summary>
    public CommandStep Input<T>(string file, Ref<Table<T>> from) =>
        AddInput(file, from, Artifacts.Table<T>().Type, CommandFiles.LayTable);

    /// <inheritdoc cref="Input{T}(string, Ref{Table{T}})"/>
    public CommandStep Input(string file, Ref<Table> from) =>
        AddInput(file, from, Artifacts.UntypedTable.Type, CommandFiles.LayTable);

    /// <summary>Gives a file as it is.</summary>
    public CommandStep Input(string file, Ref<FileArtifact> from) =>
        AddInput(file, from, Artifacts.File.Type, CommandFiles.LayCopy);

    /// <summary>Gives a model bundle: a zip of <c>model.json</c> and the model's file.</summary>
    public CommandStep Input(string file, Ref<Model> from) =>
        AddInput(file, from, Artifacts.Model.Type, CommandFiles.LayCopy);

    /// <summary>Gives a record as a JSON file.</summary>
    public CommandStep InputJson<T>(string file, Ref<T> from) =>
        AddInput(file, from, Artifacts.Json<T>().Type, CommandFiles.LayCopy);

    /// <summary>Gives the folder that another program left (<see cref="OutputFolder"/>).</summary>
    public CommandStep InputFolder(string folder, Ref<FileArtifact> from) =>
        AddInput(folder, from, Artifacts.File.Type, CommandFiles.LayFolder);

    /// <summary>Passes a constant, under <c>arguments</c> of <c>rondo.json</c>.</summary>
    public CommandStep Argument<T>(string name, T value)
    {
        _node.Constant(Names.Identifier(name, $"an argument of '{_node.Id}'"), value);
        return this;
    }

    /// <summary>Passes a parameter of the run, under <c>arguments</c> of <c>rondo.json</c>.</summary>
    public CommandStep Argument<T>(string name, Parameter<T> value)
    {
        _node.Argument<T>(Names.Identifier(name, $"an argument of '{_node.Id}'"), value);
        return this;
    }

    /// <summary>Passes a fact of the run or a member of an item, under <c>arguments</c> of <c>rondo.json</c>.</summary>
    public CommandStep Argument<T>(string name, Argument<T> value)
    {
        Node.Argument(Names.Identifier(name, $"an argument of '{Node.Id}'"), value);
        return this;
    }

    /// <summary>Passes the item of a for-each, under <c>arguments</c> of <c>rondo.json</c>.</summary>
    public CommandStep Argument<T>(string name, Item<T> value) => Argument<T>(name, (Argument<T>)value);

    /// <summary>Names files of the project that the program uses besides those in its command line.</summary>
    public CommandStep Uses(params IReadOnlyList<string> files)
    {
        _code.Use(files);
        return this;
    }

    /// <summary>Limits the bytes of files in the working folder, inputs included (<see cref="Size"/>); then the program is ended.</summary>
    public CommandStep Disk(long bytes)
    {
        if (bytes <= 0)
        {
            throw _node.Graph.Invalid(
                $"the disk limit of node '{_node.Id}' is {bytes} bytes",
                "Give a number above zero"
            );
        }
        var known = _node.Options.Resources ?? new(0, 0, null, 0);
        _node.Options = _node.Options with { Resources = known with { DiskBytes = bytes } };
        return this;
    }

    /// <summary>Takes a file that the program writes.</summary>
    public Ref<FileArtifact> OutputFile(string file)
    {
        AddOutput(new(file, (call, path) => CommandFiles.TakeFile(call, file, path)));
        return _node.Output(file, Artifacts.File);
    }

    /// <summary>Takes a table that the program writes, as CSV or (by the name's ending) Parquet.</summary>
    public Ref<Table<T>> OutputTable<T>(string file)
    {
        AddOutput(new(file, (call, path) => CommandFiles.TakeTable<T>(call, file, path)));
        return _node.Output(file, Artifacts.Table<T>());
    }

    /// <summary>Takes a record that the program writes as a JSON file, with its members in camelCase.</summary>
    public Ref<T> OutputJson<T>(string file)
    {
        AddOutput(new(file, (call, path) => CommandFiles.TakeJson<T>(call, file, path)));
        return _node.Output(file, Artifacts.Json<T>());
    }

    /// <summary>Takes a folder that the program fills, as a zip. The program finds it empty.</summary>
    public Ref<FileArtifact> OutputFolder(string folder)
    {
        AddOutput(new(folder, (call, path) => CommandFiles.TakeFolder(call, folder, path)) { IsFolder = true });
        return _node.Output(folder, Artifacts.File);
    }

    private CommandStep AddInput(string file, Ref from, string type, Action<StoredArtifact, string> lay)
    {
        _node.Wire(CheckFile(file), from, type, allowNone: false);
        _inputs.Add(new(file, lay));
        return this;
    }

    private void AddOutput(CommandOutput output)
    {
        var file = CheckFile(output.File);
        if (_outputs.Exists(known => known.File == file) || _inputs.Exists(known => known.File == file))
        {
            throw _node.Graph.Invalid($"'{file}' is named twice at node '{_node.Id}'", "Give each file its own name");
        }
        _outputs.Add(output);
    }

    private string CheckFile(string file)
    {
        var good =
            file.Length is > 0 and <= 100
            && file == Path.GetFileName(file)
            && !ReservedFiles.Contains(file, StringComparer.Ordinal);
        return good
            ? file
            : throw _node.Graph.Invalid(
                $"'{file}' cannot be a file of node '{_node.Id}'",
                $"Use a plain file name other than {CommandRun.ManifestName} and {CommandRun.MetricsName}"
            );
    }
}
