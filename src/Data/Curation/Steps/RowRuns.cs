using System.Text.Json;

namespace Rondo.Data;

/// <summary>Keeps rows in which a column stands to another, or to a value, as said.</summary>
internal sealed class WhereRun(KeepWhere step) : StepRun
{
    public override bool[] Keeps(Table part)
    {
        var left = part[step.Left];
        var right = step.Right is { } name ? part[name] : null;
        var value = right is null ? ValueFor(left, step.Value!.Value) : null;
        RequireComparable(left, right);
        var keeps = new bool[part.RowCount];
        for (var row = 0; row < keeps.Length; row++)
        {
            keeps[row] =
                left.IsMissing(row) || right?.IsMissing(row) == true
                    ? step.KeepMissing
                    : RuleCheck.Holds(step.Is, left[row]!, right?[row] ?? value!);
        }

        return keeps;
    }

    private static object ValueFor(Column column, JsonElement value)
    {
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : null;
        object? read = column.Type switch
        {
            ColumnType.Integer or ColumnType.Number when value.ValueKind == JsonValueKind.Number => value.TryGetInt64(
                out var whole
            )
                ? whole
                : value.GetDouble(),
            ColumnType.Text => text,
            ColumnType.Boolean => value.ValueKind is JsonValueKind.True or JsonValueKind.False
                ? value.GetBoolean()
                : null,
            ColumnType.Date
            or ColumnType.Timestamp when text is not null && CellParser.TryTimestamp(text, out var at) => at,
            _ => null,
        };
        // A column without values says nothing about its type, and there is nothing to compare.
        return read
            ?? (
                column.MissingCount == column.Count
                    ? ""
                    : throw new RondoException(
                        ErrorCode.InvalidArgument,
                        $"column '{column.Name}' holds {column.Type}, and {value.GetRawText()} is no such value.",
                        "Write a number, a text in quotes, true or false, or a date as in \"2024-01-31\"."
                    )
            );
    }

    private static void RequireComparable(Column left, Column? right)
    {
        if (
            right is not null
            && KindOf(left) != KindOf(right)
            && left.MissingCount < left.Count
            && right.MissingCount < right.Count
        )
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"column '{left.Name}' holds {left.Type}, and column '{right.Name}' holds {right.Type}.",
                "Compare columns of one kind."
            );
        }
    }

    private static ColumnType KindOf(Column column) =>
        column.Type switch
        {
            ColumnType.Integer => ColumnType.Number,
            ColumnType.Date => ColumnType.Timestamp,
            _ => column.Type,
        };
}

/// <summary>Keeps rows whose number lies in a range.</summary>
internal sealed class RangeRun(KeepRange step) : StepRun
{
    public override bool[] Keeps(Table part)
    {
        var column = part[step.Column];
        if (column is not (Column<double> or Column<long>) && column.MissingCount < column.Count)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"column '{column.Name}' holds {column.Type}, not numbers.",
                "Name a column of numbers; for others there is the step 'where'."
            );
        }

        var keeps = new bool[part.RowCount];
        for (var row = 0; row < keeps.Length; row++)
        {
            keeps[row] = column.IsMissing(row) ? step.KeepMissing : IsInside(column, row);
        }

        return keeps;
    }

    private bool IsInside(Column column, int row)
    {
        var number = column is Column<long> whole ? whole.Values[row] : ((Column<double>)column).Values[row];
        return number >= (step.Min ?? double.NegativeInfinity) && number <= (step.Max ?? double.PositiveInfinity);
    }
}

/// <summary>Keeps a share of the rows, by a hash of what they hold.</summary>
internal sealed class SampleRun(KeepSample step) : StepRun
{
    public override bool[] Keeps(Table part) =>
        [.. Hashes(part, step.Key).Select(hash => RowKeys.Unit(RowKeys.Hash(step.Seed, hash)) < step.Share)];
}
