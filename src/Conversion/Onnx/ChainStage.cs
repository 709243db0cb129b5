using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Rondo.Conversion.Onnx;

/// <summary>One transformer of a chain, between the columns that it takes and those that it gives.</summary>
internal sealed class ChainStage
{
    private readonly IRowToRowMapper _mapper;

    public ChainStage(ITransformer transformer, DataViewSchema input)
    {
        Transformer = transformer;
        Input = input;
        if (!transformer.IsRowToRowMapper)
        {
            throw Refusal.Of(
                $"{Refusal.NameOf(transformer.GetType())} cannot be exported to ONNX: it does not answer row by row.",
                "Take it out of the chain that is saved; what filters or shuffles rows belongs before training."
            );
        }
        _mapper = transformer.GetRowToRowMapper(input);
        Output = _mapper.OutputSchema;
        Added = transformer is ColumnSelectingTransformer ? [] : [.. AddedTo(input, Output)];
    }

    public ITransformer Transformer { get; }

    public DataViewSchema Input { get; }

    public DataViewSchema Output { get; }

    /// <summary>The columns that it makes.</summary>
    public IReadOnlyList<DataViewSchema.Column> Added { get; }

    /// <summary>The columns before it that are needed for these behind it.</summary>
    public IReadOnlySet<string> Needs(IReadOnlySet<string> behind)
    {
        var made = Added.Where(column => !column.IsHidden && behind.Contains(column.Name)).ToList();
        var needs = new HashSet<string>(behind, StringComparer.Ordinal);
        needs.ExceptWith(made.Select(column => column.Name));
        needs.UnionWith(made.SelectMany(column => SourcesOf(column)));
        return needs;
    }

    /// <summary>The columns that one of its own is made of.</summary>
    public IEnumerable<string> SourcesOf(DataViewSchema.Column column) =>
        _mapper.GetDependencies([column]).Select(source => source.Name);

    /// <summary>What it gives for one row.</summary>
    public DataViewRow RowOf(DataViewRow input, DataViewSchema.Column column) => _mapper.GetRow(input, [column]);

    /// <summary>The stages of a chain, chains within it taken apart.</summary>
    public static IReadOnlyList<ChainStage> Of(ITransformer chain, DataViewSchema schema)
    {
        var stages = new List<ChainStage>();
        foreach (var transformer in Flat(chain))
        {
            stages.Add(new ChainStage(transformer, schema));
            schema = stages[^1].Output;
        }
        return stages;
    }

    // What takes the place of a column stands right behind it; the rest stands behind all.
    private static IEnumerable<DataViewSchema.Column> AddedTo(DataViewSchema input, DataViewSchema output)
    {
        var known = 0;
        foreach (var column in output)
        {
            if (known < input.Count && input[known].Name == column.Name)
            {
                known++;
            }
            else
            {
                yield return column;
            }
        }
    }

    private static IEnumerable<ITransformer> Flat(ITransformer transformer) =>
        transformer is IEnumerable<ITransformer> chain ? chain.SelectMany(Flat) : [transformer];
}
