"""Cash in the technician's hand as a way of paying."""
