namespace Rondo.Data;

/// <summary>A measure of how far a column has moved, of those that <see cref="ColumnDrift"/> gives.</summary>
public enum DriftMeasure
{
    /// <summary><see cref="ColumnDrift.Psi"/>.</summary>
    Psi,

    /// <summary><see cref="ColumnDrift.Ks"/>; numbers only.</summary>
    Ks,

    /// <summary><see cref="ColumnDrift.JensenShannon"/>.</summary>
    JensenShannon,

    /// <summary><see cref="ColumnDrift.LInfinity"/>.</summary>
    LInfinity,

    /// <summary><see cref="ColumnDrift.Wasserstein"/>; numbers only.</summary>
    Wasserstein,

    /// <summary><see cref="ColumnDrift.Effect"/>: the one that every column has.</summary>
    Effect,
}
