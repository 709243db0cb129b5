using System.Globalization;

namespace Rondo.Data;

/// <summary>Brings a column to the exact type of a member and back, or says why it cannot.</summary>
internal static class MemberValues
{
    public static Array Read(Table table, RowMember member, Type row)
    {
        if (!table.TryGet(member.Column, out var column))
        {
            return member.Nullable
                ? Array.CreateInstance(member.Type, table.RowCount)
                : throw Unfit(
                    $"Column '{member.Column}' is missing: {row.Name}.{member.Member.Name} needs it.",
                    $"The columns are: {string.Join(", ", table.Columns.Select(c => c.Name))}. "
                        + "Rename the column, name it with [Column(\"…\")], or make the member nullable."
                );
        }

        if (column.MissingCount > 0 && !member.Nullable)
        {
            throw Unfit(
                $"Column '{column.Name}' has no value in row {Array.IndexOf(column.Missing!, true) + 1} "
                    + $"({column.MissingCount} of {column.Count} are missing): {row.Name}.{member.Member.Name} needs one.",
                "Make the member nullable, or drop those rows first."
            );
        }

        return MemberCodec.For(member.Type).Read(column, $"{row.Name}.{member.Member.Name}");
    }

    public static Column Write(RowMember member, Array values) =>
        MemberCodec.For(member.Type).Write(member.Column, values);

    public static RondoException Unfit(string what, string mend) => new(ErrorCode.InvalidArgument, what, mend);
}
